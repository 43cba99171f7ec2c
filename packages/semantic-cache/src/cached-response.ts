import type { JsonValue, Usage } from "@langthrift/core";

/** An answer as the cache keeps it. Plain JSON. */
export interface CachedResponse {
  /** The answer as text: what judges compare. Not empty, unless `value` carries the answer. */
  readonly text: string;
  /** What the adapter needs to give the answer back: a message, a chain's output. */
  readonly value?: JsonValue;
  /** The tokens it took; `null` or absent when unknown. */
  readonly usage?: Usage | null;
  /** The model that answered, for the price. */
  readonly model?: string;
  readonly provider?: string;
  /** How long it took, in ms. */
  readonly latencyMs?: number;
  /** As the provider named it: "stop", "length", "content_filter", ... */
  readonly finishReason?: string;
  /** The provider marked it as a refusal. */
  readonly refusal?: boolean;
  /** It asks for tools instead of answering. */
  readonly toolCalls?: boolean;
  /** It is itself from a cache. */
  readonly fromCache?: boolean;
}

/** What an entry's payload holds, before the codec. */
export interface EntryRecord {
  readonly v: 1;
  readonly question: string;
  readonly response: CachedResponse;
  /** ms since epoch; later it is stale, until the entry expires. `null`: never stale. */
  readonly freshUntil: number | null;
  /** Entries of one group hold the same answer. */
  readonly group: string;
  /** Which embedding made the vector, to refuse an import from another. */
  readonly embedding: string;
}

/** Reads what a codec returned; `null` when it is not a record of this version. */
export function parseEntryRecord(plain: string): EntryRecord | null {
  try {
    const record = JSON.parse(plain) as Partial<EntryRecord> | null;
    if (record?.v !== 1 || typeof record.question !== "string" || typeof record.response?.text !== "string") return null;
    if (typeof record.group !== "string" || !(record.freshUntil === null || typeof record.freshUntil === "number")) return null;
    return record as EntryRecord;
  } catch {
    return null;
  }
}
