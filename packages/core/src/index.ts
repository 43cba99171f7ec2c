// Money
export { formatUsd, type NanoUsd, nanoUsd, sumUsd, toUsd, usd } from "./money.ts";

// Usage
export { addUsage, hiddenTokens, normalizeUsage, type Usage, usageFromMessage } from "./usage.ts";
export { rawUsageCounts } from "./raw-usage.ts";
export { modelFromRun, type RunModel, type RunParts } from "./model-from-run.ts";

// Prices
export { createPriceBook, type PriceBook, type PriceBookOptions, type PriceQuery, type PriceResult } from "./price-book.ts";
export { type CatalogEntry, type CatalogQuery, genaiPricesCatalog, type PriceCatalog } from "./price-catalog.ts";
export type { PriceOverride } from "./price-override.ts";
export { applyRates, type Rates, type ServiceTier, type TokenKind } from "./rates.ts";

// Token counting
export { approximateTokenCounter, defaultTokenCounter, type DefaultTokenCounterOptions, type TokenCounter } from "./token-counter.ts";
export { inputMessages } from "./input-messages.ts";
export { countMessageTokens, type CountMessageTokensOptions } from "./count-message-tokens.ts";

// Around a chat model
export { isChatModel, rewrapModel } from "./rewrap-model.ts";
export { type CallOptionsOf, type Rebinding, WrappedChatModel } from "./wrapped-chat-model.ts";

// Events and marks
export { IN_LEDGER, isSavingsEvent, OVERHEAD_TAG, SAVINGS_EVENT, type SavingsEvent, STUDENT_TAG } from "./savings-event.ts";
export { dispatchSavings, type DispatchTarget } from "./dispatch-savings.ts";
export { type CacheMark, cacheMark, type RoutingCandidateView, type RoutingDecision, routingMark } from "./marks.ts";

// Traffic log
export { type CallRecord, formatCallRecord, type LogMessage, parseCallRecord, toLogMessage } from "./call-record.ts";
export { type JsonValue, toJsonValue } from "./json-value.ts";
export { canonicalJson, stableHash } from "./stable-hash.ts";

// Errors
export { InvalidOptionError, LangThriftError } from "./langthrift-error.ts";
export { BudgetExceededError, type BudgetExceededErrorFields } from "./budget-exceeded-error.ts";
export { MissingPeerError } from "./missing-peer-error.ts";
export { TimeoutError } from "./timeout-error.ts";
export { UnknownPriceError } from "./unknown-price-error.ts";
export { findError } from "./find-error.ts";

// Injection and failing safe
export { type Clock, systemClock } from "./clock.ts";
export { type Logger, resolveLogger } from "./logger.ts";
export { withTimeout } from "./with-timeout.ts";
export { createFailureLog, type FailureLog, type FailureLogOptions } from "./failure-log.ts";
