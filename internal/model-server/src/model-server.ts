import type { AnswerSource, Rule } from "./answer.ts";
import type { Invoice } from "./invoice.ts";
import type { JournalEntry } from "./journal.ts";
import type { JournalRequest } from "./model-request.ts";
import type { ServedModel } from "./served-model.ts";

export interface ModelServerOptions {
  /** Rates, limits and answers by model. A model that is not listed is served too, without rates. @default [] */
  readonly models?: readonly ServedModel[];
  /** `true`: a model that is not listed gets 404 "model_not_found". @default false */
  readonly listedOnly?: boolean;
  /** 0 picks a free port. @default 0 */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Changes the default answers. @default 1 */
  readonly seed?: number;
  /** Wait before each answer, in ms. @default 0 */
  readonly latencyMs?: number | ((request: JournalRequest) => number);
  /** Wait before each part of a stream, in ms. @default 0 */
  readonly chunkDelayMs?: number;
  /** Tokens in a streamed part. @default 4 */
  readonly tokensPerChunk?: number;
  /** `false`: the first delta of a stream has no `role`. @default true */
  readonly roleOnFirstDelta?: boolean;
  /**
   * Reports `cached_tokens` as OpenAI does: the longest start, in tokens, that the request shares with an earlier one
   * to the same model, when it has 1,024 tokens or more, rounded down to a multiple of 128. @default false
   */
  readonly promptCaching?: boolean;
  /** Dates the answers and the journal. @default Date.now */
  readonly clock?: { now(): number };
  /** Unique part of completion, response and tool call ids. @default crypto.randomUUID */
  readonly newId?: () => string;
}

/** A running server. */
export interface ModelServer {
  /** "http://127.0.0.1:PORT/v1", for `configuration: { baseURL }`. */
  readonly url: string;
  /** Requests to chat, responses and embeddings since the start or the last `reset()`, in order of arrival. */
  readonly journal: readonly JournalEntry[];
  invoice(): Invoice;
  /** Adds a rule. The first rule that matches answers; rules come after the script and before a model's own `reply`. */
  reply(rule: Rule): void;
  /** Queues answers; each chat or responses request takes one, before any rule is asked. Embeddings take none. */
  script(answers: readonly AnswerSource[]): void;
  /** Forgets the journal, rules, script and prompt cache. Waits for nothing: call `settled()` before if requests may run. */
  reset(): void;
  /** Resolves when no request is being handled, for tests that abort requests and then read the journal. */
  settled(): Promise<void>;
  /** Drops all connections and stops listening. */
  close(): Promise<void>;
}
