import type { RunnableConfig } from "@langchain/core/runnables";

/** Two questions and what answers them. */
export interface JudgePair {
  readonly question: string;
  readonly cachedQuestion: string;
  readonly cachedAnswer: string;
  /** The model's fresh answer to `question`; absent when the judge decides before the model is called. */
  readonly answer?: string;
  /** Cosine of the questions. */
  readonly similarity: number;
  /** Pass it to a model that judges, with the tag `langthrift:overhead`, so that its cost is counted. */
  readonly config?: RunnableConfig;
}

/**
 * Whether the cached answer answers the question as well. "unsure" is never a label, and never serves. May reject: that is "unsure" too.
 * One that is given as an option is also asked before the model is called, for candidates just under the bar; return "unsure" when
 * `answer` is absent to keep out of that.
 */
export type Judge = (pair: JudgePair) => Promise<"same" | "different" | "unsure">;
