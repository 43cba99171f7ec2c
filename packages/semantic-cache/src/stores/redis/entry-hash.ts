import { createHash } from "node:crypto";
import type { CacheEntry, CacheEntryPatch, CacheEntryState, Neighbour } from "../../cache-store.ts";
import { pairsOf, replyError, textOf } from "./redis-client.ts";
import { decodeVectorBlob, encodeVectorBlob, type VectorType } from "./vector-blob.ts";

/** Stands for `Infinity`, which neither JSON nor a numeric filter has. */
export const NEVER: number = Number.MAX_SAFE_INTEGER;

/** A name as a tag that needs no escaping and tells nothing. */
export function tagOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

export function expiryOf(expiresAt: number): number {
  return expiresAt === Infinity ? NEVER : Math.floor(expiresAt);
}

/** The fields of an entry's hash. The vector's field is named by its kind, so that vectors of other models do not meet in one index. */
export function vectorField(dimension: number, type: VectorType): string {
  return `v_${type}_${dimension}`;
}

export function toHash(entry: CacheEntry, type: VectorType): (string | Buffer)[] {
  const { id, partition, scope, model, aliasOf, vector, tags, createdAt, expiresAt, payload, state } = entry;
  const fixed = [
    "id",
    id,
    "partition",
    partition,
    "scope",
    scope,
    "model",
    model,
    "hp",
    tagOf(partition),
    "hs",
    tagOf(scope),
    "hm",
    tagOf(model),
  ];
  return [
    ...fixed,
    ...(aliasOf === undefined ? [] : ["alias", aliasOf]),
    ...patchToHash({ tags, createdAt, expiresAt, payload, state }),
    ...(vector ? [vectorField(vector.length, type), encodeVectorBlob(vector, type)] : []),
  ];
}

export function patchToHash({ tags, createdAt, expiresAt, payload, state }: CacheEntryPatch): string[] {
  return [
    ...(tags === undefined ? [] : ["tags", JSON.stringify(tags), "ht", tags.map(tagOf).join(",")]),
    ...(createdAt === undefined ? [] : ["at", String(createdAt)]),
    ...(expiresAt === undefined ? [] : ["exp", String(expiryOf(expiresAt))]),
    ...(payload === undefined ? [] : ["payload", payload]),
    ...(state === undefined ? [] : ["state", JSON.stringify(state)]),
  ];
}

/** `null` when the hash is gone. Rejects what was not written by `toHash`. */
export function fromHash(reply: unknown): CacheEntry | null {
  const fields = pairsOf(reply);
  // A hash that expires during a search may come as nothing but its name.
  if (!fields.has("payload") || !fields.has("state")) return null;
  const text = (name: string): string => textOf(fields.get(name));
  try {
    const exp = Number(text("exp"));
    const alias = fields.get("alias");
    return {
      id: text("id"),
      partition: text("partition"),
      scope: text("scope"),
      model: text("model"),
      tags: JSON.parse(text("tags")) as string[],
      createdAt: Number(text("at")),
      expiresAt: exp >= NEVER ? Infinity : exp,
      vector: vectorOf(fields),
      ...(alias === undefined || alias === null ? {} : { aliasOf: textOf(alias) }),
      payload: text("payload"),
      state: JSON.parse(text("state")) as CacheEntryState,
    };
  } catch (error) {
    throw replyError(`an entry could not be read (${String(error)})`);
  }
}

/**
 * The entry of the hash that was asked for. After an answer that it could not read, a client may take each further one for that of an
 * earlier command: what belongs to another id is rejected.
 */
export function entryOf(id: string, reply: unknown): CacheEntry | null {
  const entry = fromHash(reply);
  if (entry && entry.id !== id) throw replyError("an entry was sent for another one");
  return entry;
}

function vectorOf(fields: ReadonlyMap<string, unknown>): Float32Array | null {
  for (const [name, value] of fields) {
    const type = /^v_(FLOAT32|FLOAT16|INT8)_\d+$/.exec(name)?.[1];
    if (type !== undefined && Buffer.isBuffer(value)) return decodeVectorBlob(value, type as VectorType);
  }
  return null;
}

/** Scores candidates by their own vectors and keeps the k nearest that may be served. */
export function nearestOf(
  candidates: readonly (CacheEntry | null)[],
  { partition, vector, k, now }: { partition: string; vector: Float32Array; k: number; now: number },
): Neighbour[] {
  const found: Neighbour[] = [];
  for (const entry of candidates) {
    if (!entry?.vector || entry.partition !== partition || entry.expiresAt <= now || entry.vector.length !== vector.length) continue;
    found.push({ entry, similarity: cosine(entry.vector, vector) });
  }
  found.sort((a, b) => b.similarity - a.similarity || (a.entry.id < b.entry.id ? -1 : 1));
  return found.slice(0, k);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? Math.min(1, Math.max(-1, dot / Math.sqrt(aa * bb))) : 0;
}
