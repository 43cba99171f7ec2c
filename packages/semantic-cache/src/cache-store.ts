/** What the cache keeps of one answered question. Plain data; `payload` is opaque to the store. */
export interface CacheEntry {
  /** Hash of partition and normalised question; `put` of a known id replaces. */
  readonly id: string;
  /** Hash of everything that must be equal: scope, model, system message, tools, parameters, context, embedding. */
  readonly partition: string;
  /** For invalidation; not a key. */
  readonly scope: string;
  readonly model: string;
  readonly tags: readonly string[];
  /** ms since epoch */
  readonly createdAt: number;
  /** ms since epoch, absolute; `Infinity` never expires. One already past is accepted but never returned. */
  readonly expiresAt: number;
  /** Unit length. `null`: found only by id (question too long to embed, or an alias of another entry). */
  readonly vector: Float32Array | null;
  /** The entry whose answer this question shares; its own payload then holds only the question. */
  readonly aliasOf?: string;
  /** Question and answer as the codec wrote them: JSON, or ciphertext in base64. */
  readonly payload: string;
  readonly state: CacheEntryState;
}

/** The part of an entry that changes after it was stored. */
export interface CacheEntryState {
  /** Times it was served. */
  readonly uses: number;
  /** What the stored answer cost, integer nano-dollars; `null` when unknown. */
  readonly nanoUsd: number | null;
  /** Told to be bad: no longer served, but its labels still teach. */
  readonly blocked?: boolean;
  /** The latest judgements of candidates against it, oldest first, 64 at most. */
  readonly labels: readonly CacheLabel[];
}

/** Whether an entry's answer was right for another question at a similarity. */
export interface CacheLabel {
  readonly similarity: number;
  readonly correct: boolean;
  readonly source: "miss" | "audit" | "refresh" | "feedback" | "calibration";
  /** ms since epoch */
  readonly at: number;
  /** How many of the next two neighbours held the same answer; stores keep it like the rest. */
  readonly agreement?: 0 | 1 | 2 | "few";
}

/** What to look for in one partition. */
export interface SearchQuery {
  readonly partition: string;
  /** Unit length; its dimension is that of the partition. */
  readonly vector: Float32Array;
  /** How many neighbours at most, at least 1. */
  readonly k: number;
  /** ms since epoch; entries that expired by then are not returned and do not take a place among the k. */
  readonly now: number;
}

/** An entry near to what was looked for. */
export interface Neighbour {
  /** Cosine of the vectors as stored: -1 to 1, higher is closer. */
  readonly similarity: number;
  readonly entry: CacheEntry;
}

/** Entries that meet every condition given; an empty filter is all. */
export interface EntryFilter {
  readonly ids?: readonly string[];
  readonly partition?: string;
  readonly scope?: string;
  readonly model?: string;
  /** Having at least one of these tags. */
  readonly tags?: readonly string[];
  /** Created before this time, ms since epoch. */
  readonly createdBefore?: number;
}

/**
 * Where entries live. Every method may reject; the cache then goes on as on a miss. A store never returns an entry of another partition,
 * an expired one, or one whose payload is gone.
 */
export interface CacheStore {
  /** The entry with this id, expired or not existing is `null`. `now` in ms since epoch. */
  get(id: string, now: number): Promise<CacheEntry | null>;
  /** The nearest live entries of one partition, closest first; ties by id. Rejects when the dimension differs from what is stored there. */
  search(query: SearchQuery): Promise<readonly Neighbour[]>;
  /** Adds or replaces. Rejects a vector that is not finite. */
  put(entry: CacheEntry): Promise<void>;
  /** Changes fields of a known entry and keeps the rest, its expiry included; `false` when it is not there. */
  update(id: string, patch: CacheEntryPatch): Promise<boolean>;
  /** Deletes and returns how many there were. */
  delete(filter: EntryFilter): Promise<number>;
  /** Live and expired entries, in any order, for export and statistics. */
  entries(filter?: EntryFilter): AsyncIterable<CacheEntry>;
  /** Writes what is pending. No other call may follow. */
  close(): Promise<void>;
}

/** The fields of an entry that may change. */
export type CacheEntryPatch = Partial<Pick<CacheEntry, "expiresAt" | "payload" | "state" | "tags" | "createdAt">>;
