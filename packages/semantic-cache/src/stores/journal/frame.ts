import { crc32 } from "node:zlib";

/** `file` opens every file, `end` closes a snapshot; their key is empty. */
export type FrameType = "file" | "put" | "update" | "delete" | "end";

/** One record of a file: what is done, to which entry, with what. */
export interface Frame {
  readonly type: FrameType;
  readonly key: string;
  readonly body: Buffer;
}

// A frame is, little-endian: mark 4, length of the body 4, length of the key 2, type 1, reserved 1, CRC-32 of the body 4, CRC-32 of all
// before it and of the key 4; then key and body. The key has its own checksum, so that a damaged body still says whose it was.
export const HEAD_BYTES = 20;
/** Holds two bytes that UTF-8 never has: no text of an entry can look like the start of a frame. */
const MARK = 0xc0_54_4c_f5;
const TYPES: readonly FrameType[] = ["file", "put", "update", "delete", "end"];
const EMPTY = Buffer.alloc(0);
/** CRC-32 of each byte, polynomial 0xEDB88320, as zlib's. */
const CRC_TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xed_b8_83_20 : crc >>> 1;
  return crc;
});

export function encodeFrame(type: FrameType, key: string, body: Buffer = EMPTY): Buffer {
  const keyBytes = Buffer.from(key);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + keyBytes.length + body.length);
  frame.writeUInt32LE(MARK, 0);
  frame.writeUInt32LE(body.length, 4);
  frame.writeUInt16LE(keyBytes.length, 8);
  frame[10] = TYPES.indexOf(type);
  frame[11] = 0;
  frame.writeUInt32LE(crc32(body), 12);
  keyBytes.copy(frame, HEAD_BYTES);
  body.copy(frame, HEAD_BYTES + keyBytes.length);
  frame.writeUInt32LE(headChecksum(frame, 0, keyBytes.length), 16);
  return frame;
}

export interface FrameHead {
  readonly type: FrameType;
  readonly key: string;
  readonly bodyLength: number;
  readonly bodyChecksum: number;
  /** Bytes up to the body. */
  readonly length: number;
}

/** The head at this place, `null` when it is not whole and sound. */
export function readHead(bytes: Buffer, at: number): FrameHead | null {
  if (at + HEAD_BYTES > bytes.length || bytes.readUInt32LE(at) !== MARK) return null;
  const keyLength = bytes.readUInt16LE(at + 8);
  const type = TYPES[bytes[at + 10] as number];
  const length = HEAD_BYTES + keyLength;
  if (type === undefined || at + length > bytes.length) return null;
  if (bytes.readUInt32LE(at + 16) !== headChecksum(bytes, at, keyLength)) return null;
  const key = bytes.toString("utf8", at + HEAD_BYTES, at + length);
  return { type, key, bodyLength: bytes.readUInt32LE(at + 4), bodyChecksum: bytes.readUInt32LE(at + 12), length };
}

/** How many bytes the head at this place claims to have; it may be damaged. */
export function claimedHeadLength(bytes: Buffer, at: number): number {
  return at + HEAD_BYTES > bytes.length ? HEAD_BYTES : HEAD_BYTES + bytes.readUInt16LE(at + 8);
}

/** Undoes one flipped bit in the head at this place, if that makes it sound: the checksum tells such damage from any other. */
export function repairHead(bytes: Buffer, at: number): boolean {
  const end = Math.min(bytes.length, at + HEAD_BYTES + 256);
  for (let byte = at; byte < end; byte += 1) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      bytes[byte] = (bytes[byte] as number) ^ bit;
      const head = readHead(bytes, at);
      if (head) return true;
      bytes[byte] = (bytes[byte] as number) ^ bit;
    }
  }
  return false;
}

/** Where the next mark is, at `from` or later; -1 when there is none. */
export function findMark(bytes: Buffer, from: number): number {
  const mark = Buffer.allocUnsafe(4);
  mark.writeUInt32LE(MARK);
  return bytes.indexOf(mark, from);
}

/** Of a few dozen bytes, for which a call out of JavaScript and two views of the buffer would take longer than the sum itself. */
function headChecksum(bytes: Buffer, at: number, keyLength: number): number {
  let crc = -1;
  for (let i = at; i < at + 16; i += 1) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 255] as number);
  const end = at + HEAD_BYTES + keyLength;
  for (let i = at + HEAD_BYTES; i < end; i += 1) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 255] as number);
  return (crc ^ -1) >>> 0;
}
