import type { JsonValue } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";

/** A cheap model's answer, before anybody has seen it. */
export interface Draft {
  readonly messages: readonly BaseMessage[];
  /** The text of the last human message. */
  readonly task: string;
  readonly message: BaseMessage;
  /** The message's text. */
  readonly text: string;
  /** What structured output made of it, where that was asked for. */
  readonly parsed?: unknown;
  /** For a scorer's own model calls: they then count as overhead, stay out of the user's stream, and stop with the request. */
  readonly config: RunnableConfig;
}

/** How good a draft is. */
export interface Score {
  /** 0 (bad) to 1 (good). */
  readonly score: number;
  readonly evidence?: Readonly<Record<string, JsonValue>>;
}

/** Judges a draft. `null` when it cannot: the cascade then escalates, as it does when a scorer throws or is slow. */
export interface QualityScorer {
  readonly name: string;
  /** `null`: cannot judge, and the cascade escalates. May reject: the same. */
  score(draft: Draft): Promise<Score | null> | Score | null;
}
