import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { InvalidOptionError } from "@langthrift/core";
import type { ValueCodec } from "./value-codec.ts";

/** Options of {@link aesGcmCodec}. */
export interface AesGcmCodecOptions {
  /** 32-byte keys by id, as bytes or base64. Keep old ones here while entries written with them live. */
  readonly keys: Readonly<Record<string, Uint8Array | string>>;
  /** The key that encrypts. */
  readonly currentKeyId: string;
}

const PREFIX = "aesgcm1.";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts questions and answers at rest with AES-256-GCM, a random nonce each, bound to entry and key id. Vectors stay in the clear, and
 * a vector leaks what its text is about: protect the store as well.
 *
 * @throws {InvalidOptionError} for a key that is not 32 bytes, or a `currentKeyId` without key.
 */
export function aesGcmCodec({ keys, currentKeyId }: AesGcmCodecOptions): ValueCodec {
  const secrets = new Map<string, Buffer>();
  for (const [id, key] of Object.entries(keys)) {
    const bytes = typeof key === "string" ? Buffer.from(key, "base64") : Buffer.from(key);
    // The value itself must not appear in an error.
    if (bytes.length !== 32) throw new InvalidOptionError(`\`keys.${id}\` has ${bytes.length} bytes. Pass 32 bytes, or their base64.`);
    if (id.includes(".")) throw new InvalidOptionError(`\`keys.${id}\`: a key id has no dot.`);
    secrets.set(id, bytes);
  }
  const current = secrets.get(currentKeyId);
  if (!current) throw new InvalidOptionError(`\`currentKeyId\` is "${currentKeyId}", which is not among \`keys\`.`);

  return {
    encode(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current, nonce);
      cipher.setAAD(Buffer.from(JSON.stringify([context, currentKeyId])));
      const sealed = Buffer.concat([nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${PREFIX}${currentKeyId}.${sealed.toString("base64")}`;
    },
    decode(payload, context) {
      const [id = "", text = ""] = payload.startsWith(PREFIX) ? payload.slice(PREFIX.length).split(".", 2) : [];
      const key = secrets.get(id);
      const sealed = Buffer.from(text, "base64");
      if (!key || sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(JSON.stringify([context, id])));
        decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
        return decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch {
        return null;
      }
    },
  };
}
