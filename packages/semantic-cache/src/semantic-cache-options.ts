import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { Clock, Logger, PriceBook, SavingsEvent, TokenCounter } from "@langthrift/core";
import type { AdmissionPolicy } from "./admission.ts";
import type { CacheQuery, ContextTurn } from "./cache-query.ts";
import type { CacheStore } from "./cache-store.ts";
import type { FlightLock } from "./flight-lock.ts";
import type { Guard, GuardProfile } from "./guards/guard.ts";
import type { Judge } from "./judge.ts";
import type { HitPolicy } from "./policy/hit-policy.ts";
import type { ValueCodec } from "./value-codec.ts";

/** Rewrites a question of a later turn so that it stands alone ("and in Spain?" → "What is the VAT rate in Spain?"). */
export type Condenser = (question: string, context: readonly ContextTurn[], signal: AbortSignal) => Promise<string>;

/** Options of `SemanticCache`. */
export interface SemanticCacheOptions {
  /** Any LangChain embeddings: `MiniLMEmbeddings`, OpenAI, Ollama, ... */
  readonly embeddings: EmbeddingsInterface;
  /** Names vectors that may be compared. @default class, model and dimensions of `embeddings` */
  readonly embeddingId?: string;
  /**
   * Who may see an answer: nothing crosses scopes. A constant for public answers, or a function of the query (tenant, user, role);
   * `undefined` from it bypasses the cache.
   */
  readonly scope: string | ((query: CacheQuery) => string | undefined);
  /** @default memoryCacheStore() */
  readonly store?: CacheStore;
  /** @default verifiedPolicy(); it serves by meaning only once it has learned, `thresholdPolicy` at once */
  readonly policy?: HitPolicy;
  /** @default "standard" */
  readonly guards?: GuardProfile | readonly Guard[];
  /** @default answers equal or their cosine at least 0.9, guards passed on both; asked only when both answers are there */
  readonly judge?: Judge;
  /** @default keeps every answer that is safe to keep */
  readonly admission?: AdmissionPolicy;
  /** @default none: JSON in the clear */
  readonly codec?: ValueCodec;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** Price of embedding, US dollars per million tokens; 0 for a local model. @default by `prices` and the embeddings' model name */
  readonly embeddingUsdPerMillion?: number;
  /** Life of an answer; a hit does not lengthen it. `Infinity` for ever. @default 86_400_000 (a day) */
  readonly ttlMs?: number;
  /** After `ttlMs`: time in which the old answer is still served while one call in the background renews it. @default 0 */
  readonly staleWhileRevalidateMs?: number;
  /** How earlier turns count: they must be equal, their presence bypasses, or the question is rewritten. @default "exact" */
  readonly context?: "exact" | "first-turn-only" | { readonly condense: Condenser };
  /** Requests that offer tools: never, only answers without tool calls, or all. @default "final-only" */
  readonly tools?: "bypass" | "final-only" | "allow";
  /** Of the default store. @default 100_000 */
  readonly maxEntries?: number;
  /** Of the default store. @default 256 MiB */
  readonly maxBytes?: number;
  /** Longer questions are only found exactly, because encoders cut the rest off. @default 256 */
  readonly maxQueryTokens?: number;
  /** Limit on a lookup and on a write, in ms; then the request goes on as a miss. @default 500 */
  readonly timeoutMs?: number;
  /** Limit on the judge before a call. @default 2_000 */
  readonly judgeTimeoutMs?: number;
  /** "shadow" decides and learns but serves nothing. @default "serve" */
  readonly mode?: "serve" | "shadow" | "off";
  /** "throw" is for tests: failures of store, embedding or policy reach the caller. @default "open" */
  readonly onError?: "open" | "throw";
  /** Lets processes share a call, `redisFlightLock` for one; streams are shared in this process alone. @default none */
  readonly flights?: FlightLock;
  /** Takes work that goes on after the answer, on platforms that stop the process then. */
  readonly waitUntil?: (promise: Promise<unknown>) => void;
  /** @default systemClock */
  readonly clock?: Clock;
  /** From 0 to 1, draws audits. @default Math.random */
  readonly random?: () => number;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Counts questions for `maxQueryTokens` and the embedding's usage. @default approximateTokenCounter */
  readonly tokenCounter?: TokenCounter;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
  /** Called with every savings event, besides the callbacks of the run. @default none */
  readonly onEvent?: (event: SavingsEvent) => void;
}
