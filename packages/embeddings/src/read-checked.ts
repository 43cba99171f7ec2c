import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { WeightsError } from "./weights-error.ts";

export interface CheckedFile {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** Subject of the error message, for example "The weights of MiniLM". */
  readonly what: string;
  /** The sentence that says what to do. */
  readonly fix: string;
}

/**
 * Reads a file and checks its SHA-256.
 * @throws {WeightsError} when it cannot be read or differs.
 */
export async function readChecked({ path, sha256, what, fix }: CheckedFile): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new WeightsError(`${what} are missing: ${path} cannot be read. ${fix}`, { cause: error });
  }
  // Off the main thread, unlike `createHash`.
  const digest = Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");
  if (digest !== sha256) throw new WeightsError(`${what} are altered: ${path} has SHA-256 ${digest}, not ${sha256}. ${fix}`);
  return bytes;
}
