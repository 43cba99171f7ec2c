/** Writes and reads the payload of entries: encryption, compression. Synchronous. */
export interface ValueCodec {
  /** @param context Id of the entry; decoding with another one must fail. */
  encode(plain: string, context: string): string;
  /** `null` when it cannot be opened: another key, altered, not ours. The cache then treats the entry as a miss. */
  decode(payload: string, context: string): string | null;
}

export const plainCodec: ValueCodec = { encode: (plain) => plain, decode: (payload) => payload };
