import { createGuards, type GuardProfile, SemanticCache, thresholdPolicy } from "@langthrift/semantic-cache";
import { percentile } from "../statistics.ts";
import type { LabelledQuery } from "./query-file.ts";

interface QueryEmbeddings {
  embedQuery(text: string): Promise<number[]>;
  embedDocuments(texts: string[]): Promise<number[][]>;
}

export interface MeasureLookupsOptions {
  readonly queries: readonly LabelledQuery[];
  readonly vectors: Float32Array;
  readonly dimension: number;
  readonly embeddings: QueryEmbeddings;
  readonly order: readonly number[];
  readonly profile: GuardProfile;
}

const MIN_SIMILARITY = 0.88;
const EMBEDDED_SAMPLE = 300;

/** Streams the questions through the real cache: with vectors at hand, then some of them embedded for each lookup. */
export async function measureLookups({
  queries,
  vectors,
  dimension,
  embeddings,
  order,
  profile,
}: MeasureLookupsOptions): Promise<Record<string, number>> {
  const rows = new Map(queries.map(({ text }, index) => [text, Array.from(vectors.subarray(index * dimension, (index + 1) * dimension))]));
  const known: QueryEmbeddings = {
    embedQuery: async (text) => rows.get(text) ?? embeddings.embedQuery(text),
    embedDocuments: async (texts) => Promise.all(texts.map((text) => known.embedQuery(text))),
  };
  const cache = openCache(known, profile);
  const times: number[] = [];
  let hits = 0;
  for (const index of order) {
    const query = { text: (queries[index] as LabelledQuery).text, model: "bench" };
    const started = performance.now();
    const decision = await cache.lookup(query);
    times.push(performance.now() - started);
    if (decision.response) hits += 1;
    else await cache.store(query, { text: `answer ${index}` });
  }
  await cache.close();

  // Texts that the process has not embedded yet would be best; a fresh cache at least embeds each of these anew.
  const fresh = openCache(embeddings, profile);
  const withEmbedding: number[] = [];
  const alone: number[] = [];
  for (const index of order.slice(0, EMBEDDED_SAMPLE)) {
    const text = (queries[index] as LabelledQuery).text;
    const began = performance.now();
    await embeddings.embedQuery(text);
    alone.push(performance.now() - began);
    const query = { text, model: "bench" };
    const started = performance.now();
    const decision = await fresh.lookup(query);
    withEmbedding.push(performance.now() - started);
    if (!decision.response) await fresh.store(query, { text: `answer ${index}` });
  }
  await fresh.close();

  return {
    live_hit_rate_at_088: hits / order.length,
    lookup_p50_ms: percentile(times, 0.5),
    lookup_p95_ms: percentile(times, 0.95),
    lookup_p99_ms: percentile(times, 0.99),
    lookup_with_embedding_p50_ms: percentile(withEmbedding, 0.5),
    lookup_with_embedding_p95_ms: percentile(withEmbedding, 0.95),
    lookup_with_embedding_p99_ms: percentile(withEmbedding, 0.99),
    embed_p50_ms: percentile(alone, 0.5),
    embed_p95_ms: percentile(alone, 0.95),
  };
}

function openCache(embeddings: QueryEmbeddings, profile: GuardProfile): SemanticCache {
  return new SemanticCache({
    embeddings,
    embeddingId: "bench",
    scope: "bench",
    policy: thresholdPolicy({ minSimilarity: MIN_SIMILARITY }),
    guards: createGuards(profile),
    ttlMs: Infinity,
    // A benchmark must not hide a slow lookup behind its time limit.
    timeoutMs: 60_000,
    onError: "throw",
    logger: false,
  });
}
