import type { CacheEntryPatch, CacheEntryState } from "../../cache-store.ts";
import type { StoredEntry } from "../entry-table.ts";
import type { FixedPointVector } from "../fixed-point.ts";
import { encodeFrame } from "./frame.ts";

// The body of a put: length of the fields 4, the fields as JSON, length of the payload 4, the payload, and if there is a vector its
// dimension 4, step 4, codes and rests. The payload is outside the JSON, so that it is not escaped and parsed twice.
interface Fields {
  readonly partition: string;
  readonly scope: string;
  readonly model: string;
  readonly tags?: readonly string[];
  readonly createdAt: number;
  /** Absent is `Infinity`, which JSON lacks. */
  readonly expiresAt?: number;
  readonly aliasOf?: string;
  readonly state: CacheEntryState;
}

interface PatchFields extends Omit<CacheEntryPatch, "expiresAt" | "state"> {
  readonly expiresAt?: number | null;
  /** Without `labels` they are unchanged. */
  readonly state?: Partial<CacheEntryState>;
}

export function encodePut({ id, vector, payload, ...entry }: StoredEntry): Buffer {
  const { partition, scope, model, tags, createdAt, expiresAt, aliasOf, state } = entry;
  const fields: Fields = {
    partition,
    scope,
    model,
    ...(tags.length === 0 ? {} : { tags }),
    createdAt,
    ...(expiresAt === Infinity ? {} : { expiresAt }),
    ...(aliasOf === undefined ? {} : { aliasOf }),
    state,
  };
  const parts = [...sized(Buffer.from(JSON.stringify(fields))), ...sized(Buffer.from(payload))];
  if (vector) parts.push(encodeVector(vector));
  return encodeFrame("put", id, Buffer.concat(parts));
}

/** @throws when the body is not what `encodePut` writes. */
export function decodePut(id: string, body: Buffer): StoredEntry {
  const fieldsEnd = 4 + body.readUInt32LE(0);
  const fields = JSON.parse(body.toString("utf8", 4, fieldsEnd)) as Fields;
  const payloadEnd = fieldsEnd + 4 + body.readUInt32LE(fieldsEnd);
  // Written out, because copying the rest of an object is slow, and opening a large cache does it for each entry.
  const { partition, scope, model, tags = [], createdAt, expiresAt = Infinity, aliasOf, state } = fields;
  const payload = body.toString("utf8", fieldsEnd + 4, payloadEnd);
  const vector = payloadEnd < body.length ? decodeVector(body, payloadEnd) : null;
  const entry = { id, partition, scope, model, tags, createdAt, expiresAt, payload, state, vector };
  return aliasOf === undefined ? entry : { ...entry, aliasOf };
}

/** Only what differs: most updates count one more use. */
export function encodeUpdate(id: string, patch: CacheEntryPatch, before: CacheEntryState): Buffer {
  const { state, expiresAt, ...rest } = patch;
  const fields: PatchFields = {
    ...rest,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === Infinity ? null : expiresAt }),
    ...(state === undefined ? {} : { state: sameLabels(state, before) ? { ...state, labels: undefined } : state }),
  };
  return encodeFrame("update", id, Buffer.from(JSON.stringify(fields)));
}

export function decodeUpdate(body: Buffer, before: CacheEntryState): CacheEntryPatch {
  const { expiresAt, state, ...rest } = JSON.parse(body.toString("utf8")) as PatchFields;
  return {
    ...rest,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt ?? Infinity }),
    ...(state === undefined ? {} : { state: { labels: before.labels, ...state } as CacheEntryState }),
  };
}

function sized(bytes: Buffer): [Buffer, Buffer] {
  const size = Buffer.allocUnsafe(4);
  size.writeUInt32LE(bytes.length);
  return [size, bytes];
}

function encodeVector({ step, codes, rests }: FixedPointVector): Buffer {
  const bytes = Buffer.allocUnsafe(8 + 3 * codes.length);
  bytes.writeUInt32LE(codes.length, 0);
  bytes.writeFloatLE(step, 4);
  bytes.set(new Uint8Array(codes.buffer, codes.byteOffset, codes.length), 8);
  bytes.set(new Uint8Array(rests.buffer, rests.byteOffset, 2 * rests.length), 8 + codes.length);
  return bytes;
}

function decodeVector(body: Buffer, at: number): FixedPointVector {
  const dimension = body.readUInt32LE(at);
  const end = at + 8 + 3 * dimension;
  if (end !== body.length) throw new RangeError("The vector has another length than its dimension says.");
  const { buffer, byteOffset } = body;
  const codesAt = byteOffset + at + 8;
  const restsAt = codesAt + dimension;
  // Views, since the table copies them. One of 16-bit numbers must start at an even place.
  const codes = new Int8Array(buffer, codesAt, dimension);
  const rests =
    restsAt % 2 === 0 ? new Int16Array(buffer, restsAt, dimension) : new Int16Array(buffer.slice(restsAt, restsAt + 2 * dimension));
  return { step: body.readFloatLE(at + 4), codes, rests };
}

function sameLabels(a: CacheEntryState, b: CacheEntryState): boolean {
  return a.labels.length === b.labels.length && a.labels.every((label, i) => label === b.labels[i]);
}
