import type { EntryRecord, ScopeRecord } from "./entry-record.ts";
import { IndexedHeap } from "./indexed-heap.ts";

export interface EvictionLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

type ScopeHeap = IndexedHeap<"scopeSlot", EntryRecord>;

/** How many one put evicts for the sake of a scope's share, so that no put stalls when a second scope appears. */
const MOST_PER_PUT = 64;

/**
 * Says who goes when room is needed: what has expired, else the entry least worth keeping, where
 * worth = worth of the last victim + (uses + 1) · price / bytes at its last use. An unknown price counts as the mean of the known ones.
 * While there is more than one scope, none keeps more than half of the room.
 *
 * @see Cherkasova, "Improving WWW proxies performance with Greedy-Dual-Size-Frequency caching policy", HP Labs 1998.
 */
export class Eviction {
  readonly #limits: EvictionLimits;
  readonly #byWorth: IndexedHeap<"worthSlot", EntryRecord> = new IndexedHeap("worthSlot", lessWorth);
  readonly #byExpiry: IndexedHeap<"expirySlot", EntryRecord> = new IndexedHeap("expirySlot", (a, b) => a.expiresAt < b.expiresAt);
  readonly #scopes = new Map<ScopeRecord, ScopeHeap>();
  readonly #overShare = new Set<ScopeRecord>();
  #entries = 0;
  #bytes = 0;
  #inflation = 0;
  #knownPrices = 0;
  #knownPriceSum = 0;

  constructor(limits: EvictionLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes up a new record, which is worth more than any other until `settle`: what comes in does not evict itself. */
  added(record: EntryRecord): void {
    const { nanoUsd } = record.state;
    if (nanoUsd !== null) {
      this.#knownPrices += 1;
      this.#knownPriceSum += nanoUsd;
    }
    record.worth = Infinity;
    this.#byWorth.add(record);
    if (record.expiresAt !== Infinity) this.#byExpiry.add(record);
    let heap = this.#scopes.get(record.scope);
    if (!heap) this.#scopes.set(record.scope, (heap = new IndexedHeap("scopeSlot", lessWorth)));
    heap.add(record);
    this.#count(record, 1, record.bytes);
  }

  settle(record: EntryRecord): void {
    record.worth = this.#worth(record);
    this.#byWorth.moved(record);
    this.#scopes.get(record.scope)?.moved(record);
  }

  removed(record: EntryRecord): void {
    this.#byWorth.remove(record);
    this.#byExpiry.remove(record);
    const heap = this.#scopes.get(record.scope);
    heap?.remove(record);
    this.#count(record, -1, -record.bytes);
    if (heap?.size === 0) {
      this.#scopes.delete(record.scope);
      this.#overShare.delete(record.scope);
    }
  }

  /** After a change of the record's state, expiry or size. */
  changed(record: EntryRecord, before: { readonly bytes: number; readonly uses: number }): void {
    this.#count(record, 0, record.bytes - before.bytes);
    if (record.state.uses !== before.uses || record.state.blocked) this.settle(record);
    if (record.expiresAt === Infinity) this.#byExpiry.remove(record);
    else if (record.expirySlot < 0) this.#byExpiry.add(record);
    else this.#byExpiry.moved(record);
  }

  /** The next entry that has to go, or none. `done` counts those that this put has evicted. */
  victim(now: number, done: number): EntryRecord | undefined {
    const full = this.#entries > this.#limits.maxEntries || this.#bytes > this.#limits.maxBytes;
    const greedy = this.#scopes.size > 1 && (full || done < MOST_PER_PUT) ? this.#overShare.values().next().value : undefined;
    if (!full && !greedy) return undefined;
    const expired = this.#byExpiry.first();
    if (expired && expired.expiresAt <= now) return expired;
    const record = greedy ? this.#scopes.get(greedy)?.first() : this.#byWorth.first();
    if (record && record.worth < Infinity) this.#inflation = Math.max(this.#inflation, record.worth);
    return record;
  }

  #worth({ state, bytes }: EntryRecord): number {
    if (state.blocked) return this.#inflation;
    const price = state.nanoUsd ?? (this.#knownPrices > 0 ? this.#knownPriceSum / this.#knownPrices : 1);
    return this.#inflation + ((state.uses + 1) * Math.max(0, price)) / bytes;
  }

  #count({ scope }: EntryRecord, entries: number, bytes: number): void {
    this.#entries += entries;
    this.#bytes += bytes;
    scope.entries += entries;
    scope.bytes += bytes;
    const { maxEntries, maxBytes } = this.#limits;
    // The only entry of a scope is never too much.
    const over = scope.entries > 1 && (scope.entries > maxEntries / 2 || scope.bytes > maxBytes / 2);
    if (over) this.#overShare.add(scope);
    else this.#overShare.delete(scope);
  }
}

function lessWorth(a: EntryRecord, b: EntryRecord): boolean {
  return a.worth < b.worth || (a.worth === b.worth && a.order < b.order);
}
