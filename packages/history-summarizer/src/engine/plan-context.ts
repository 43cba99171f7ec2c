import type { BaseMessage } from "@langchain/core/messages";
import type { Rates } from "@langthrift/core";
import type { ResolvedCache } from "./cache-prices.ts";
import type { Coverage } from "./coverage.ts";
import type { CountMessage } from "./message-tokens.ts";
import type { Payback } from "./payback.ts";
import type { Size } from "./size.ts";

/** Why nothing is summarised now. */
export type PlanReason =
  | "below-trigger"
  /** `keep`, tool groups and the last turn leave nothing to cut. */
  | "nothing-to-cut"
  /** What could be cut is under `minGain` times a summary. */
  | "small-gain"
  /** It would cost more than the calls so far have missed. */
  | "not-paid-back"
  /** It could lift the conversation above the allowed overrun. */
  | "overrun";

/** What to do now, and why. */
export type Plan =
  | { readonly action: "none"; readonly reason: PlanReason; readonly estimate?: Payback }
  | {
      readonly action: "summarize";
      /** First message to summarise: the count already covered. */
      readonly from: number;
      /** One past the last. */
      readonly to: number;
      /** Tokens of those messages, without the old summary. */
      readonly inputTokens: number;
      /** The main model writes it on its own cached prefix, because that is cheaper than the summariser. */
      readonly reusePrefix: boolean;
      readonly estimate: Payback;
    };

/** `regret`: when the gain missed so far reaches the one-off cost. `forecast`: when the calls that are expected would earn it back. */
export type PaybackRule = { readonly kind: "regret" } | { readonly kind: "forecast"; readonly furtherCalls: number };

/** All that a plan depends on. */
export interface PlanContext {
  /** @default [{ tokens: 1000 }] */
  readonly trigger?: readonly Size[];
  /** @default { messages: 20 } */
  readonly keep?: Size;
  /** @default 300 */
  readonly maxSummaryTokens?: number;
  /** What is cut must be this many times a summary. @default 4 */
  readonly minGain?: number;
  /** @default characters / 4 */
  readonly countMessage?: CountMessage;
  /** Tokens sent beside the messages: system prompt and tools. @default 0 */
  readonly overheadTokens?: number;
  /** True tokens for a counted one, from the provider's own usage. @default 1 */
  readonly scale?: number;
  /** The main model's window, for fractions. */
  readonly contextTokens?: number;
  /** Prices of both models; `null` for one of them: only the trigger decides. `false`: no payback rule. */
  readonly prices?: { readonly main: Rates | null; readonly summarizer: Pick<Rates, "input" | "output"> | null } | false;
  /** @default no prompt cache */
  readonly cache?: ResolvedCache;
  /** The provider's cache has expired. @default false */
  readonly cold?: boolean;
  /** @default regret */
  readonly rule?: PaybackRule;
  /**
   * Most by which the conversation, all of its summaries together, may come to cost more than its full history, as a share of what that has
   * cost so far. @default no limit
   */
  readonly maxOverrun?: number;
  /** Share of each call's gain that recall may spend; only the bound on the overrun reckons with it. @default 0 */
  readonly recallShare?: number;
  /** The main model can be asked to summarise on its own cached prefix, where that is cheaper. @default false */
  readonly reusePrefix?: boolean;
  /** Messages that the view keeps even when they are covered; system messages are kept anyhow. */
  readonly keepMessage?: (message: BaseMessage) => boolean;
  /** Known coverage, so that it is not hashed again. */
  readonly coverage?: Coverage;
}
