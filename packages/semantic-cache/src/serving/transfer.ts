import type { CacheEntry, CacheEntryState } from "../cache-store.ts";
import { type EntryRecord, parseEntryRecord } from "../cached-response.ts";
import type { Engine } from "./engine.ts";

/** One entry outside of a store: plain JSON, the answer in the clear. */
export interface ExportedEntry {
  readonly version: 1;
  readonly id: string;
  readonly partition: string;
  readonly scope: string;
  readonly model: string;
  readonly tags: readonly string[];
  /** ms since epoch */
  readonly createdAt: number;
  /** ms since epoch; `null` never expires */
  readonly expiresAt: number | null;
  /** 32-bit floats, little-endian, base64; `null` for an entry without vector. */
  readonly vector: string | null;
  readonly record: EntryRecord;
  readonly state: CacheEntryState;
}

export async function* exportEntries(engine: Engine): AsyncGenerator<ExportedEntry> {
  for await (const entry of engine.store.entries()) {
    const record = engine.readRecord(entry);
    if (!record || entry.expiresAt <= engine.clock.now()) continue;
    const { id, partition, scope, model, tags, createdAt, expiresAt, vector, state } = entry;
    yield {
      version: 1,
      id,
      partition,
      scope,
      model,
      tags,
      createdAt,
      expiresAt: Number.isFinite(expiresAt) ? expiresAt : null,
      vector: vector && toBase64(vector),
      record,
      state,
    };
  }
}

export async function importEntries(engine: Engine, entries: Iterable<ExportedEntry> | AsyncIterable<ExportedEntry>): Promise<number> {
  let imported = 0;
  for await (const exported of entries) {
    const entry = toEntry(engine, exported);
    if (!entry) continue;
    try {
      await engine.store.put(entry);
      imported += 1;
    } catch (error) {
      // One entry that the store refuses, for example another dimension, does not end the import.
      engine.failed("import", error);
    }
  }
  return imported;
}

/** `null` for what does not fit: another version or embedding, expired, malformed. */
function toEntry(engine: Engine, exported: ExportedEntry): CacheEntry | null {
  const { version, id, partition, scope, model, tags, createdAt, expiresAt, vector, state } = exported;
  const record = parseEntryRecord(JSON.stringify(exported.record ?? null));
  const texts = [id, partition, scope, model];
  if (version !== 1 || !record || record.embedding !== engine.embedding.id) return null;
  if (!texts.every((text) => typeof text === "string") || typeof createdAt !== "number" || !Array.isArray(tags)) return null;
  if (!Array.isArray(state?.labels) || (expiresAt !== null && !(expiresAt > engine.clock.now()))) return null;
  const values = vector === null ? null : fromBase64(vector);
  if (values && !values.every(Number.isFinite)) return null;
  return {
    id,
    partition,
    scope,
    model,
    tags,
    createdAt,
    expiresAt: expiresAt ?? Infinity,
    vector: values,
    payload: engine.codec.encode(JSON.stringify(record), id),
    state,
  };
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  const vector = new Float32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < vector.length; index += 1) vector[index] = bytes.readFloatLE(index * 4);
  return vector;
}
