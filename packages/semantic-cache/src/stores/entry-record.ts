import type { CacheEntry, CacheEntryState } from "../cache-store.ts";
import type { VectorRows } from "./vector-rows.ts";

/** An entry as the in-process store holds it: its vector is a row of its partition. */
export interface EntryRecord {
  readonly id: string;
  readonly partition: PartitionRecord;
  readonly scope: ScopeRecord;
  readonly model: string;
  readonly aliasOf: string | undefined;
  tags: readonly string[];
  createdAt: number;
  expiresAt: number;
  payload: string;
  state: CacheEntryState;
  /** Row of the vector; -1 without one. */
  row: number;
  /** Estimate of the memory it takes. */
  bytes: number;
  /** What it is worth to keep it: the lowest is evicted first. */
  worth: number;
  /** Counts puts: of two equally worth the older one goes. */
  readonly order: number;
  worthSlot: number;
  scopeSlot: number;
  expirySlot: number;
}

export interface PartitionRecord {
  readonly name: string;
  /** `null` while no entry has a vector. */
  rows: VectorRows<EntryRecord> | null;
  /** Entries without a vector. */
  readonly others: Set<EntryRecord>;
}

export interface ScopeRecord {
  readonly name: string;
  entries: number;
  bytes: number;
}

const NO_TAGS: readonly string[] = [];
const NO_LABELS: CacheEntryState["labels"] = [];

/** A copy that no caller can change; empty lists are shared. */
export function copyTags(tags: readonly string[]): readonly string[] {
  return tags.length === 0 ? NO_TAGS : [...tags];
}

export function copyState({ uses, nanoUsd, blocked, labels }: CacheEntryState): CacheEntryState {
  const copied = labels.length === 0 ? NO_LABELS : [...labels];
  return blocked === undefined ? { uses, nanoUsd, labels: copied } : { uses, nanoUsd, blocked, labels: copied };
}

/** What is handed out: nothing in it is shared with the record. */
export function toEntry(record: EntryRecord, vector: Float32Array | null): CacheEntry {
  const { id, partition, scope, model, tags, createdAt, expiresAt, aliasOf, payload, state } = record;
  return {
    id,
    partition: partition.name,
    scope: scope.name,
    model,
    tags: [...tags],
    createdAt,
    expiresAt,
    vector,
    ...(aliasOf === undefined ? {} : { aliasOf }),
    payload,
    state: { ...state, labels: [...state.labels] },
  };
}
