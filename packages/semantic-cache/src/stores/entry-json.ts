import type { CacheEntry } from "../cache-store.ts";

/** An entry on its way into a store of bytes, and which of its writings this is. */
export interface StoredJson {
  readonly entry: CacheEntry;
  readonly revision: string;
}

interface EntryJson extends Omit<CacheEntry, "expiresAt" | "vector"> {
  readonly version: 1;
  readonly revision: string;
  /** `null` is `Infinity`, which JSON lacks. */
  readonly expiresAt: number | null;
  /** 32-bit floats, little-endian, base64. */
  readonly vector: string | null;
}

export function toEntryJson({ entry, revision }: StoredJson): Uint8Array {
  const { id, partition, scope, model, tags, createdAt, expiresAt, vector, aliasOf, payload, state } = entry;
  const json: EntryJson = {
    version: 1,
    revision,
    id,
    partition,
    scope,
    model,
    tags,
    createdAt,
    expiresAt: expiresAt === Infinity ? null : expiresAt,
    vector: vector && toBase64(vector),
    ...(aliasOf === undefined ? {} : { aliasOf }),
    payload,
    state,
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** `null` for what was not written by `toEntryJson` of this version: such an entry counts as not there. */
export function fromEntryJson(bytes: Uint8Array | null | undefined): StoredJson | null {
  if (!bytes) return null;
  try {
    const { version, revision, ...fields } = JSON.parse(new TextDecoder().decode(bytes)) as EntryJson;
    if (version !== 1 || typeof revision !== "string" || typeof fields.payload !== "string" || !Array.isArray(fields.state.labels))
      return null;
    const entry = { ...fields, expiresAt: fields.expiresAt ?? Infinity, vector: fields.vector === null ? null : fromBase64(fields.vector) };
    return { entry, revision };
  } catch {
    return null;
  }
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString("base64");
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return Float32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(i * 4));
}
