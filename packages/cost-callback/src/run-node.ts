import type { BaseMessage } from "@langchain/core/messages";
import type { Usage } from "@langthrift/core";

/** A run that has begun. Children hold their parent, so a node lives as long as something below it runs. */
export interface RunNode {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly parent: RunNode | undefined;
  readonly rootId: string;
  readonly kind: "llm" | "chain" | "tool" | "retriever";
  readonly name: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** ms since epoch */
  readonly at: number;
  /** Monotonic, ms. */
  readonly startedAt: number;
  readonly cost: RunCostSums;
  readonly llm: LlmState | undefined;
  /** The last model call under this run, while it has failed and nothing has succeeded since. */
  failedCall: { readonly id: string; readonly attempt: number } | undefined;
}

/** What one run and everything below it cost so far. */
export interface RunCostSums {
  calls: number;
  spent: number;
  avoided: number;
  unknown: number;
}

/** What is known of a model call before its end. */
export interface LlmState {
  readonly messages: readonly BaseMessage[];
  readonly prompts: readonly string[];
  readonly extraParams: Readonly<Record<string, unknown>>;
  readonly serialized: unknown;
  readonly attempt: number;
  readonly retryOf: string | undefined;
  /** Another model run began below this one: this one is a wrapper, and the inner one is the call. */
  hasInner: boolean;
  /** Streamed so far. */
  text: string;
  /** Whether any piece has come, were it empty. */
  streamed: boolean;
  firstTokenAt: number | undefined;
  lastSeenAt: number;
  /** Usage as the stream's chunks gave it. */
  chunkUsage: ChunkUsage | undefined;
  stopListening: (() => void) | undefined;
}

export interface ChunkUsage {
  /** The chunks' usages added up, as LangChain merges them. */
  readonly sum: Usage;
  readonly last: Usage;
}
