import { randomUUID } from "node:crypto";
import {
  approximateTokenCounter,
  type Clock,
  createFailureLog,
  createPriceBook,
  type FailureLog,
  IN_LEDGER,
  InvalidOptionError,
  type PriceBook,
  systemClock,
  type TokenCounter,
} from "@langthrift/core";
import { LRUCache } from "lru-cache";
import type { CacheEntry, CacheStore } from "../cache-store.ts";
import { Counters } from "../cache-stats.ts";
import { type EntryRecord, parseEntryRecord } from "../cached-response.ts";
import { embeddingIdOf, embeddingModel } from "../embedding-id.ts";
import { createGuards } from "../guards/create-guards.ts";
import type { Guard } from "../guards/guard.ts";
import type { HitPolicy } from "../policy/hit-policy.ts";
import { verifiedPolicy } from "../policy/verified-policy.ts";
import type { SemanticCacheOptions } from "../semantic-cache-options.ts";
import { memoryCacheStore } from "../stores/memory-cache-store.ts";
import { plainCodec, type ValueCodec } from "../value-codec.ts";
import { EmbeddingMemo } from "./embedding-memo.ts";
import { GuardedStep } from "./guarded-step.ts";
import { TaskQueue } from "./task-queue.ts";

/** The options with their defaults, and what the parts of the cache share. */
export interface Engine {
  readonly options: SemanticCacheOptions;
  readonly store: CacheStore;
  readonly policy: HitPolicy;
  readonly guards: readonly Guard[];
  readonly codec: ValueCodec;
  readonly prices: PriceBook;
  readonly tokenCounter: TokenCounter;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly mode: "serve" | "shadow" | "off";
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly timeoutMs: number;
  readonly judgeTimeoutMs: number;
  readonly maxQueryTokens: number;
  readonly embedding: { readonly id: string; readonly model: string | undefined; readonly inLedger: boolean };
  readonly memo: EmbeddingMemo;
  readonly storeStep: GuardedStep;
  readonly embedStep: GuardedStep;
  readonly lockStep: GuardedStep;
  readonly tasks: TaskQueue;
  readonly counters: Counters;
  readonly failures: FailureLog;
  /** The entry's question and answer; `null` when the codec cannot open it. */
  readRecord(entry: CacheEntry): EntryRecord | null;
  /** Counts a failure, and throws it when the user asked for that. */
  failed(reason: string, error: unknown): void;
}

/** @throws {InvalidOptionError} when an option cannot work. */
export function createEngine(options: SemanticCacheOptions): Engine {
  const {
    embeddings,
    scope,
    policy = verifiedPolicy(),
    guards = "standard",
    codec = plainCodec,
    prices = createPriceBook({ ...(options.logger !== undefined && { logger: options.logger }) }),
    ttlMs = 86_400_000,
    staleWhileRevalidateMs = 0,
    maxQueryTokens = 256,
    timeoutMs = 500,
    judgeTimeoutMs = 2_000,
    mode = "serve",
    onError = "open",
    clock = systemClock,
    random = Math.random,
    newId = randomUUID,
    tokenCounter = approximateTokenCounter,
  } = options;
  if (typeof embeddings?.embedQuery !== "function") {
    throw new InvalidOptionError("`embeddings` is missing. Pass a LangChain Embeddings object, for example MiniLMEmbeddings.");
  }
  if (scope === undefined || scope === "") {
    throw new InvalidOptionError('`scope` is missing. Pass whose answers these are: "public", or a function that returns the tenant.');
  }
  const limits = { staleWhileRevalidateMs, maxQueryTokens };
  for (const [name, value] of Object.entries({ ttlMs, timeoutMs, judgeTimeoutMs, ...limits })) {
    const least = name in limits ? 0 : Number.MIN_VALUE;
    if (typeof value !== "number" || !(value >= least)) throw new InvalidOptionError(`\`${name}\` is ${value}. Pass a number above 0.`);
  }
  oneOf("mode", mode, ["serve", "shadow", "off"]);
  oneOf("onError", onError, ["open", "throw"]);
  if (options.tools !== undefined) oneOf("tools", options.tools, ["bypass", "final-only", "allow"]);
  if (typeof options.context === "string") oneOf("context", options.context, ["exact", "first-turn-only"]);

  const failures = createFailureLog({ strategy: "semantic-cache", logger: options.logger, onEvent: options.onEvent, clock, newId });
  const records = new LRUCache<string, { payload: string; record: EntryRecord | null }>({ max: 2000 });
  const failed = (reason: string, error: unknown): void => {
    failures.note(reason, error);
    if (onError === "throw") throw error;
  };
  return {
    options,
    store:
      options.store ??
      memoryCacheStore({
        ...(options.maxEntries !== undefined && { maxEntries: options.maxEntries }),
        ...(options.maxBytes !== undefined && { maxBytes: options.maxBytes }),
      }),
    policy,
    guards: typeof guards === "string" ? createGuards(guards) : guards,
    codec,
    prices,
    tokenCounter,
    clock,
    random,
    newId,
    mode,
    ttlMs,
    staleMs: staleWhileRevalidateMs,
    timeoutMs,
    judgeTimeoutMs,
    maxQueryTokens,
    embedding: {
      id: options.embeddingId ?? embeddingIdOf(embeddings),
      model: embeddingModel(embeddings),
      inLedger: (embeddings as { [IN_LEDGER]?: unknown })[IN_LEDGER] === true,
    },
    memo: new EmbeddingMemo(embeddings),
    storeStep: new GuardedStep("cache store"),
    embedStep: new GuardedStep("embedding of the question"),
    lockStep: new GuardedStep("lock between processes"),
    tasks: new TaskQueue({ onError: (error) => failures.note("background", error), waitUntil: options.waitUntil }),
    counters: new Counters(),
    failures,
    failed,
    readRecord(entry) {
      const known = records.get(entry.id);
      if (known && known.payload === entry.payload) return known.record;
      let record: EntryRecord | null = null;
      try {
        const plain = codec.decode(entry.payload, entry.id);
        record = plain === null ? null : parseEntryRecord(plain);
      } catch (error) {
        failures.note("codec", error);
      }
      records.set(entry.id, { payload: entry.payload, record });
      return record;
    },
  };
}

function oneOf(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new InvalidOptionError(`\`${option}\` is "${value}". Pass one of: ${allowed.join(", ")}.`);
}
