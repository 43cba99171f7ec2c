import type { CacheEntry, CacheEntryPatch, EntryFilter, Neighbour, SearchQuery } from "../cache-store.ts";
import type { RowScanner } from "../kernel/row-scanner.ts";
import { dimensionError, requireFinite } from "./cache-store-error.ts";
import { matchesFilter } from "./entry-filter.ts";
import { copyState, copyTags, type EntryRecord, type PartitionRecord, type ScopeRecord, toEntry } from "./entry-record.ts";
import { Eviction, type EvictionLimits } from "./eviction.ts";
import { type FixedPointVector, fromFixedPoint, toFixedPoint } from "./fixed-point.ts";
import { VectorRows } from "./vector-rows.ts";

/** An entry whose vector is already in the form that it is kept in. */
export interface StoredEntry extends Omit<CacheEntry, "vector"> {
  readonly vector: FixedPointVector | null;
}

/** Rough size of what an entry takes besides its vector and its texts: record, state, places in the maps and heaps. */
const RECORD_BYTES = 400;

/** The in-process store without its files: synchronous, every change is complete when the call returns. */
export class EntryTable {
  readonly #scanner: RowScanner;
  readonly #limits: EvictionLimits;
  #eviction: Eviction;
  readonly #records = new Map<string, EntryRecord>();
  readonly #partitions = new Map<string, PartitionRecord>();
  readonly #scopes = new Map<string, ScopeRecord>();
  #order = 0;

  constructor(scanner: RowScanner, limits: EvictionLimits) {
    this.#scanner = scanner;
    this.#limits = limits;
    this.#eviction = new Eviction(limits);
  }

  get size(): number {
    return this.#records.size;
  }

  /** Estimate of the memory that all entries take. */
  get bytes(): number {
    return this.#eviction.bytes;
  }

  record(id: string): EntryRecord | undefined {
    return this.#records.get(id);
  }

  /** Number of the latest put. */
  get order(): number {
    return this.#order;
  }

  /** The records put no later than this, as they are when the iteration comes to them. The table may change meanwhile. */
  *recordsUpTo(order: number): Iterable<EntryRecord> {
    // A put goes to the end of the map, also that of a known id.
    for (const record of this.#records.values()) {
      if (record.order > order) return;
      yield record;
    }
  }

  /** The entry, expired or not. */
  read(record: EntryRecord): CacheEntry {
    const vector = this.vectorOf(record);
    return toEntry(record, vector && fromFixedPoint(vector));
  }

  vectorOf(record: EntryRecord): FixedPointVector | null {
    return record.row < 0 ? null : (record.partition.rows?.read(record) ?? null);
  }

  get(id: string, now: number): CacheEntry | null {
    const record = this.#records.get(id);
    return record && record.expiresAt > now ? this.read(record) : null;
  }

  search({ partition, vector, k, now }: SearchQuery): Neighbour[] {
    requireFinite(vector);
    const rows = this.#partitions.get(partition)?.rows;
    if (!rows) return [];
    return rows.search(vector, k, now).map(({ owner, similarity }) => ({ similarity, entry: this.read(owner) }));
  }

  /** The form in which `put` takes an entry. Throws what `put` would reject, before anything has changed. */
  prepare(entry: CacheEntry): StoredEntry {
    if (entry.vector === null) return { ...entry, vector: null };
    requireFinite(entry.vector);
    const expected = this.#dimensionOf(entry);
    if (expected !== null && expected !== entry.vector.length) throw dimensionError(expected, entry.vector.length);
    return { ...entry, vector: toFixedPoint(entry.vector) };
  }

  /** Adds or replaces, removes others until the limits hold, and returns their ids. */
  put(entry: StoredEntry, now: number): string[] {
    const record = this.#add(entry);
    const evicted = this.makeRoom(now);
    this.#eviction.settle(record);
    return evicted;
  }

  /** Adds or replaces without regard to the limits: `makeRoom` is to follow when all have been restored. */
  restore(entry: StoredEntry): void {
    this.#eviction.settle(this.#add(entry));
  }

  #add(entry: StoredEntry): EntryRecord {
    const known = this.#records.get(entry.id);
    if (known) this.#remove(known);
    const partition = this.#partition(entry.partition);
    const record: EntryRecord = {
      id: entry.id,
      partition,
      scope: this.#scope(entry.scope),
      model: entry.model,
      aliasOf: entry.aliasOf,
      tags: copyTags(entry.tags),
      createdAt: entry.createdAt,
      expiresAt: entry.expiresAt,
      payload: entry.payload,
      state: copyState(entry.state),
      row: -1,
      bytes: 0,
      worth: 0,
      order: (this.#order += 1),
      worthSlot: -1,
      scopeSlot: -1,
      expirySlot: -1,
    };
    if (entry.vector) {
      partition.rows ??= new VectorRows(entry.vector.codes.length, this.#scanner);
      partition.rows.add(record, entry.vector);
    } else {
      partition.others.add(record);
    }
    record.bytes = sizeOf(record);
    this.#records.set(record.id, record);
    this.#eviction.added(record);
    return record;
  }

  update(record: EntryRecord, patch: CacheEntryPatch): void {
    const before = { bytes: record.bytes, uses: record.state.uses };
    if (patch.tags !== undefined) record.tags = copyTags(patch.tags);
    if (patch.createdAt !== undefined) record.createdAt = patch.createdAt;
    if (patch.expiresAt !== undefined) record.expiresAt = patch.expiresAt;
    if (patch.payload !== undefined) record.payload = patch.payload;
    if (patch.state !== undefined) record.state = copyState(patch.state);
    record.bytes = sizeOf(record);
    this.#eviction.changed(record, before);
  }

  /** The records that meet the filter, as they are now. */
  matching(filter: EntryFilter): EntryRecord[] {
    const matched: EntryRecord[] = [];
    for (const record of this.#candidates(filter)) {
      const { id, tags, createdAt, model } = record;
      if (
        matchesFilter(
          { id, partition: record.partition.name, scope: record.scope.name, model, tags, createdAt },
          { ...filter, ids: undefined },
        )
      ) {
        matched.push(record);
      }
    }
    return matched;
  }

  delete(record: EntryRecord): void {
    if (this.#records.get(record.id) === record) this.#remove(record);
  }

  /** Removes entries until the limits hold, and returns their ids. */
  makeRoom(now: number): string[] {
    const evicted: string[] = [];
    for (let record = this.#eviction.victim(now, 0); record; record = this.#eviction.victim(now, evicted.length)) {
      evicted.push(record.id);
      this.#remove(record);
    }
    return evicted;
  }

  clear(): void {
    for (const { rows } of this.#partitions.values()) rows?.clear();
    this.#partitions.clear();
    this.#scopes.clear();
    this.#records.clear();
    this.#eviction = new Eviction(this.#limits);
  }

  *#candidates({ ids, partition }: EntryFilter): Iterable<EntryRecord> {
    if (ids !== undefined) {
      for (const id of new Set(ids)) {
        const record = this.#records.get(id);
        if (record) yield record;
      }
    } else if (partition !== undefined) {
      const found = this.#partitions.get(partition);
      if (!found) return;
      if (found.rows) yield* found.rows.owners();
      yield* found.others;
    } else {
      yield* this.#records.values();
    }
  }

  /** Dimension of the partition's vectors without this entry's own, which a put replaces. */
  #dimensionOf({ id, partition }: CacheEntry): number | null {
    const rows = this.#partitions.get(partition)?.rows;
    if (!rows) return null;
    const known = this.#records.get(id);
    const alone = rows.size === 1 && known?.partition.rows === rows && known.row >= 0;
    return alone ? null : rows.dimension;
  }

  #partition(name: string): PartitionRecord {
    let partition = this.#partitions.get(name);
    if (!partition) this.#partitions.set(name, (partition = { name, rows: null, others: new Set() }));
    return partition;
  }

  #scope(name: string): ScopeRecord {
    let scope = this.#scopes.get(name);
    if (!scope) this.#scopes.set(name, (scope = { name, entries: 0, bytes: 0 }));
    return scope;
  }

  #remove(record: EntryRecord): void {
    const { partition, scope } = record;
    this.#records.delete(record.id);
    if (record.row >= 0) partition.rows?.remove(record);
    else partition.others.delete(record);
    if (partition.rows?.size === 0) {
      partition.rows.clear();
      partition.rows = null;
    }
    if (!partition.rows && partition.others.size === 0) this.#partitions.delete(partition.name);
    this.#eviction.removed(record);
    if (scope.entries === 0) this.#scopes.delete(scope.name);
  }
}

function sizeOf({ partition, row, payload, tags, state }: EntryRecord): number {
  const vector = row < 0 ? 0 : 3 * (partition.rows?.dimension ?? 0) + 16;
  let texts = Buffer.byteLength(payload);
  for (const tag of tags) texts += tag.length + 24;
  return RECORD_BYTES + vector + texts + 80 * state.labels.length;
}
