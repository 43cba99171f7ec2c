import type { CacheEntry } from "../cache-store.ts";
import type { CachedResponse } from "../cached-response.ts";
import type { Engine } from "./engine.ts";
import type { Lookup } from "./lookup.ts";

/** The lookup of one who missed and then got another's answer while it was made: counted as a hit instead of a miss. */
export function coalescedLookup({ counters, clock }: Engine, lookup: Lookup, response: CachedResponse): Lookup {
  counters.kinds.miss -= 1;
  counters.kinds.coalesced += 1;
  counters.reasons[lookup.decision.reason] = (counters.reasons[lookup.decision.reason] ?? 1) - 1;
  counters.reasons["hit:coalesced"] = (counters.reasons["hit:coalesced"] ?? 0) + 1;
  const { similarity: _similarity, confidence: _confidence, entry: _entry, ...decision } = lookup.decision;
  const { id = "", partition = "", scope = "", model = "" } = lookup.key ?? {};
  const now = clock.now();
  const entry: CacheEntry = {
    id,
    partition,
    scope,
    model,
    tags: [],
    createdAt: now,
    expiresAt: now,
    vector: null,
    payload: "",
    state: { uses: 0, nanoUsd: null, labels: [] },
  };
  return { ...lookup, decision: { ...decision, kind: "coalesced", reason: "hit:coalesced", entry, response } };
}
