import { type NanoUsd, nanoUsd } from "@langthrift/core";
import { unsafeToKeep } from "../admission.ts";
import type { CacheKey } from "../cache-key.ts";
import type { CacheEntry, CacheLabel } from "../cache-store.ts";
import type { CachedResponse, EntryRecord } from "../cached-response.ts";
import { isTooLong } from "./checks.ts";
import type { Engine } from "./engine.ts";
import { stepFailure } from "./guarded-step.ts";
import { answerGroup } from "./learning.ts";

/** A write has longer than a lookup: the caller has the answer, and a first embedding may load its model. */
const EMBED_LIMIT_MS = 30_000;

/** Options of {@link keep}. */
export interface StoreOptions {
  /** For `invalidate({ tags })`, for example the documents that the answer was made from. */
  readonly tags?: readonly string[];
  /** @default the cache's `ttlMs` */
  readonly ttlMs?: number;
  /** What the answer cost, integer nano-dollars. @default by its usage and the cache's `prices` */
  readonly nanoUsd?: number | null;
}

/** Writes an answer, if it is safe and worth keeping. `null` when it was not kept. */
export async function keep(
  engine: Engine,
  key: CacheKey,
  question: string,
  response: CachedResponse,
  { tags = [], ttlMs = engine.ttlMs, nanoUsd: cost }: StoreOptions,
  former?: CacheEntry,
): Promise<CacheEntry | null> {
  const { options, clock, codec, counters, store, embedding } = engine;
  const unsafe = unsafeToKeep(response, options.tools === "allow");
  if (unsafe) {
    counters.refused(unsafe);
    return null;
  }
  const now = clock.now();
  const price = cost === undefined ? priceOf(engine, response) : cost;
  const vector = await vectorOf(engine, question);
  const record: EntryRecord = {
    v: 1,
    question,
    response,
    freshUntil: Number.isFinite(ttlMs) ? now + ttlMs : null,
    group: answerGroup(response),
    embedding: embedding.id,
  };
  const labels: readonly CacheLabel[] = former?.state.labels ?? [];
  const entry: CacheEntry = {
    id: key.id,
    partition: key.partition,
    scope: key.scope,
    model: key.model,
    tags: [...tags],
    createdAt: now,
    expiresAt: now + ttlMs + (Number.isFinite(ttlMs) ? engine.staleMs : 0),
    vector,
    payload: codec.encode(JSON.stringify(record), key.id),
    state: { uses: 0, nanoUsd: price, labels },
  };
  const refused = options.admission?.refuse({
    response,
    partition: key.partition,
    scope: key.scope,
    nanoUsd: price,
    bytes: entry.payload.length + (vector?.byteLength ?? 0),
    ttlMs,
  });
  if (refused) {
    counters.refused(refused);
    return null;
  }
  try {
    await engine.storeStep.run(engine.timeoutMs, () => store.put(entry));
    counters.stored += 1;
    return entry;
  } catch (error) {
    engine.failed(`store-${stepFailure(error)}`, error);
    return null;
  }
}

/** `null` keeps the answer for the exact question only. */
async function vectorOf(engine: Engine, question: string): Promise<Float32Array | null> {
  if (isTooLong(engine, question)) return null;
  const known = engine.memo.known(question);
  if (known) return known;
  try {
    return await engine.embedStep.run(EMBED_LIMIT_MS, () => engine.memo.embed(question));
  } catch (error) {
    engine.failed(`embedding-${stepFailure(error)}`, error);
    return null;
  }
}

function priceOf({ prices }: Engine, { usage, model, provider }: CachedResponse): NanoUsd | null {
  if (!usage || !model) return null;
  try {
    const found = prices.priceOf({ model, usage, ...(provider && { provider }) }).nanoUsd;
    return found === null ? null : nanoUsd(found);
  } catch {
    // A price book may be told to throw on unknown prices; keeping an answer is not worth an error.
    return null;
  }
}
