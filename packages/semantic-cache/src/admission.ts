import type { CachedResponse } from "./cached-response.ts";

/** Why an answer is not kept. */
export type AdmissionRefusal = "truncated" | "filtered" | "refusal" | "empty" | "tool-calls" | "from-cache" | "not-worth-it" | "policy";

/** An answer that might be kept. */
export interface AdmissionCandidate {
  readonly response: CachedResponse;
  readonly partition: string;
  readonly scope: string;
  /** What the answer cost, integer nano-dollars; `null` when unknown. */
  readonly nanoUsd: number | null;
  /** Bytes of the entry: payload and vector. */
  readonly bytes: number;
  readonly ttlMs: number;
}

/** Decides which answers are worth keeping. The safety rules (truncated, filtered, refused, empty, tool calls) come before it and stay. */
export interface AdmissionPolicy {
  /** `null` admits. Never throws. */
  refuse(candidate: AdmissionCandidate): AdmissionRefusal | null;
  /** Called for each served entry of a partition, so that the policy can learn what is asked again. */
  reused?(partition: string): void;
}

const truncated = new Set(["length", "max_tokens", "max_output_tokens", "incomplete"]);
const filtered = new Set(["content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"]);

/** The rules that hold under every policy. */
export function unsafeToKeep(response: CachedResponse, allowToolCalls: boolean): AdmissionRefusal | null {
  const finish = response.finishReason?.toLowerCase();
  if (response.fromCache) return "from-cache";
  if (finish !== undefined && truncated.has(finish)) return "truncated";
  if (finish !== undefined && filtered.has(finish)) return "filtered";
  if (response.refusal || finish === "refusal") return "refusal";
  if (response.toolCalls) return allowToolCalls ? null : "tool-calls";
  return response.text.trim() === "" ? "empty" : null;
}

/** Options of {@link valueAdmission}. */
export interface ValueAdmissionOptions {
  /** What a gigabyte costs in a month where the entries live, in US dollars. @default 0.2 */
  readonly storageUsdPerGbMonth?: number;
  /** What embedding one question costs, in US dollars. @default 0 */
  readonly embeddingUsd?: number;
  /** Chance of reuse that is assumed before anything was seen, 0 to 1. @default 0.1 */
  readonly priorReuse?: number;
}

const BYTES_PER_GB = 1e9;
const MS_PER_MONTH = 730 * 3_600_000;

/**
 * Keeps an answer when what it may save is more than keeping it costs: P(reuse) · price > embedding + storage for its life.
 * P is counted per partition, (reused + 10 · prior) / (kept + 10). An unknown price is kept.
 */
export function valueAdmission({
  storageUsdPerGbMonth = 0.2,
  embeddingUsd = 0,
  priorReuse = 0.1,
}: ValueAdmissionOptions = {}): AdmissionPolicy {
  const counts = new Map<string, { kept: number; reused: number }>();
  const countsOf = (partition: string): { kept: number; reused: number } => {
    const known = counts.get(partition);
    if (known) return known;
    // Partitions come without limit; forgetting the oldest only returns it to the prior.
    if (counts.size >= 10_000) counts.delete(counts.keys().next().value ?? "");
    const fresh = { kept: 0, reused: 0 };
    counts.set(partition, fresh);
    return fresh;
  };
  return {
    refuse({ partition, nanoUsd, bytes, ttlMs }) {
      const seen = countsOf(partition);
      const reuse = (seen.reused + 10 * priorReuse) / (seen.kept + 10);
      seen.kept += 1;
      if (nanoUsd === null) return null;
      const months = Math.min(ttlMs, 12 * MS_PER_MONTH) / MS_PER_MONTH;
      const keeping = embeddingUsd + (bytes / BYTES_PER_GB) * storageUsdPerGbMonth * months;
      return (reuse * nanoUsd) / 1e9 > keeping ? null : "not-worth-it";
    },
    reused(partition) {
      countsOf(partition).reused += 1;
    },
  };
}
