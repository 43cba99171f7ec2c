// The pure core
export { plan } from "./engine/plan.ts";
export type { PaybackRule, Plan, PlanContext, PlanReason } from "./engine/plan-context.ts";
export { view, type ViewOptions } from "./engine/view.ts";
export { summarize, type SummarizeInput } from "./engine/summarize.ts";
export { type HistorySummary, isHistorySummary, type PinnedFact } from "./engine/history-summary.ts";
export { type Payback, type PaybackInput, paybackInTokens, writingInTokens } from "./engine/payback.ts";
export { type CacheOption, type CachePrices, type ResolvedCache, resolveCache } from "./engine/cache-prices.ts";
export { type Coverage, coverageOf, hashMessages } from "./engine/coverage.ts";
export { type CountMessage, createMessageCounter } from "./engine/message-tokens.ts";
export { type Size } from "./engine/size.ts";
export { type PinRule, pinRules } from "./engine/pins.ts";
export { type RejectionReason, SummaryRejectedError } from "./engine/summary-rejected-error.ts";
export { isSummaryMessage, summaryText } from "./engine/summary-message.ts";

// Summarisers
export type { SummarizeCallOptions, SummarizeRequest, SummarizeResult, Summarizer } from "./summarizers/summarizer.ts";
export { ModelSummarizer, type ModelSummarizerOptions } from "./summarizers/model-summarizer.ts";
export { type AskMainModel, PrefixSummarizer, type PrefixSummarizerOptions } from "./summarizers/prefix-summarizer.ts";
export { ExtractiveSummarizer, type ExtractiveSummarizerOptions } from "./summarizers/extractive-summarizer.ts";

// Recall of the originals
export { recallMessages, type RecallOptions } from "./recall/recall.ts";
export { asksSomething, recalledOriginals, type RecalledOriginalsOptions } from "./recall/recalled-originals.ts";
export { RECALL_TOOL_NAME, recallTool, type RecallToolOptions } from "./recall/recall-tool.ts";

// Where summaries live
export type { SummaryStore } from "./stores/summary-store.ts";
export { memorySummaryStore, type MemorySummaryStoreOptions } from "./stores/memory-summary-store.ts";
export {
  baseSummaryStore,
  type BaseSummaryStoreOptions,
  type KeyValueStoreLike,
  type LangGraphStoreLike,
} from "./stores/base-summary-store.ts";

// What the adapters share, and the adapters (agents: "./middleware")
export {
  createHistorySummarizer,
  type HistoryCall,
  type HistorySummarizer,
  type HistoryView,
  type Refreshed,
  type RefreshOutcome,
} from "./history-summarizer.ts";
export type { HistorySummarizerOptions, PaybackOptions, SessionStats, ViewRecallOptions } from "./history-summarizer-options.ts";
export { SummarizingChatMessageHistory, type SummarizingChatMessageHistoryOptions } from "./adapters/summarizing-chat-message-history.ts";
export { CostAwareSummaryMemory, type CostAwareSummaryMemoryOptions } from "./adapters/cost-aware-summary-memory.ts";
export { type ModelView, viewForModel, type ViewForModelOptions } from "./adapters/view-for-model.ts";
