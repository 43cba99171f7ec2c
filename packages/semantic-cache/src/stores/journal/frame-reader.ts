import { crc32 } from "node:zlib";
import { claimedHeadLength, findMark, type Frame, HEAD_BYTES, readHead, repairHead } from "./frame.ts";

export type ReadFrame = Frame & {
  /** The body does not have its checksum: what was written about this key is lost. */
  readonly damaged: boolean;
};

/** Longest head that a repair is tried on. */
const LONGEST_HEAD = HEAD_BYTES + 65_535;

/** Takes a file piece by piece and gives its frames, past whatever is damaged. */
export class FrameReader {
  /** Reused, since memory outside of the heap makes collections frequent: opening a large cache would take half as long again. */
  #room: Buffer = Buffer.alloc(0);
  #bytes: Buffer = this.#room;
  #at = 0;
  #ended = false;
  /** Offset in the file of `#bytes[0]`. */
  #offset = 0;
  #soundEnd = 0;
  #unreadable = 0;
  #repaired = 0;
  /** In a damaged stretch, where the file offers no frame to go on with. */
  #lost = false;

  /** End of the last frame that was read: what lies behind it in a file that has ended is the torn rest of a write. */
  get soundEnd(): number {
    return this.#soundEnd;
  }

  /** Bytes before `soundEnd` that belong to no frame. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Heads in which one flipped bit was undone. */
  get repaired(): number {
    return this.#repaired;
  }

  /** Copies the piece, over the bytes of the frames given before: a body is to be read before the next piece. */
  push(chunk: Uint8Array): void {
    const rest = this.#bytes.length - this.#at;
    const length = rest + chunk.length;
    const room = length <= this.#room.length ? this.#room : Buffer.allocUnsafeSlow(length + (length >> 2));
    room.set(this.#bytes.subarray(this.#at), 0);
    room.set(chunk, rest);
    this.#room = room;
    this.#bytes = room.subarray(0, length);
    this.#offset += this.#at;
    this.#at = 0;
  }

  end(): void {
    this.#ended = true;
  }

  /** The frames that are complete by now. */
  *frames(): Iterable<ReadFrame> {
    for (;;) {
      const frame = this.#next();
      if (!frame) return;
      yield frame;
    }
  }

  #next(): ReadFrame | null {
    for (;;) {
      const left = this.#bytes.length - this.#at;
      if (left === 0) return null;
      if (!this.#ended && left < Math.max(HEAD_BYTES, claimedHeadLength(this.#bytes, this.#at))) return null;
      let head = readHead(this.#bytes, this.#at);
      if (!head && !this.#lost) {
        if (!this.#ended && left < LONGEST_HEAD) return null;
        if (repairHead(this.#bytes, this.#at)) {
          head = readHead(this.#bytes, this.#at);
          this.#repaired += 1;
        }
      }
      if (!head) {
        if (!this.#skip()) return null;
        continue;
      }
      const from = this.#at + head.length;
      const to = from + head.bodyLength;
      if (to > this.#bytes.length) {
        if (!this.#ended) return null;
        // Torn, or the next frames are swallowed by a length that only looks sound.
        if (!this.#skip()) return null;
        continue;
      }
      const start = this.#offset + this.#at;
      this.#unreadable += start - this.#soundEnd;
      this.#at = to;
      this.#soundEnd = this.#offset + to;
      this.#lost = false;
      const body = this.#bytes.subarray(from, to);
      return { type: head.type, key: head.key, body, damaged: crc32(body) !== head.bodyChecksum };
    }
  }

  /** Goes to the next mark; `false` when more bytes are needed for that. */
  #skip(): boolean {
    this.#lost = true;
    const mark = findMark(this.#bytes, this.#at + 1);
    if (mark >= 0) {
      this.#at = mark;
      return true;
    }
    // The last bytes may be the start of a mark.
    this.#at = Math.max(this.#at + 1, this.#bytes.length - (this.#ended ? 0 : 3));
    this.#at = Math.min(this.#at, this.#bytes.length);
    return false;
  }
}
