import { nanoUsd } from "@langthrift/core";
import type { CacheStats } from "../cache-stats.ts";
import type { Engine } from "./engine.ts";

/** The counters as they are now; nothing in it changes afterwards. */
export function statsOf({ counters, failures, policy, tasks }: Engine): CacheStats {
  return {
    lookups: counters.lookups,
    kinds: { ...counters.kinds },
    reasons: { ...counters.reasons },
    hitRate: counters.hitRate,
    stored: counters.stored,
    notStored: { ...counters.notStored },
    failures: { ...failures.counts },
    avoidedNanoUsd: nanoUsd(counters.avoidedNanoUsd),
    overheadNanoUsd: nanoUsd(counters.overheadNanoUsd),
    unknownPrices: counters.unknownPrices,
    savedMs: counters.savedMs,
    lookupMs: counters.lookupMs,
    judged: { ...counters.judged },
    judgementsDropped: tasks.dropped,
    refreshes: counters.refreshes,
    policy: policy.status(),
    shadowHits: counters.shadowHits,
  };
}
