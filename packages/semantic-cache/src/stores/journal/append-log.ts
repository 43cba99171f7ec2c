import { type FileHandle, open } from "node:fs/promises";
import { CacheStoreError } from "../cache-store-error.ts";

export interface AppendLogOptions {
  readonly path: string;
  /** Where to go on: what lies behind is cut off. */
  readonly size: number;
  /** Whether a write is done when the disk has it (`disk`), or when the operating system has it (`process`). */
  readonly durability: "process" | "disk";
}

interface Pending {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A file that only grows. Writes that wait while another is under way go out together. */
export class AppendLog {
  readonly #handle: FileHandle;
  readonly #durability: AppendLogOptions["durability"];
  #size: number;
  #queue: Pending[] = [];
  #writing: Promise<void> | null = null;

  private constructor(handle: FileHandle, { size, durability }: AppendLogOptions) {
    this.#handle = handle;
    this.#size = size;
    this.#durability = durability;
  }

  static async open(options: AppendLogOptions): Promise<AppendLog> {
    const handle = await open(options.path, options.size > 0 ? "r+" : "w+", 0o600);
    try {
      await handle.truncate(options.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new AppendLog(handle, options);
  }

  /** Bytes that were written. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when the bytes are where `durability` says. */
  append(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ bytes, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async close(): Promise<void> {
    while (this.#writing) await this.#writing;
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  async #drain(): Promise<void> {
    // Calls made in this turn of the event loop go out as one.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#write(batch.length === 1 ? (batch[0] as Pending).bytes : Buffer.concat(batch.map(({ bytes }) => bytes)));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        const message = `The cache log could not be written: ${String(cause)}. Free space, or check the permissions of its folder.`;
        const error = new CacheStoreError("write", message, { cause });
        for (const { reject } of batch) reject(error);
        await this.#handle.truncate(this.#size).catch(() => undefined);
      }
    }
    this.#writing = null;
  }

  async #write(bytes: Buffer): Promise<void> {
    let written = 0;
    // A failed write leaves `#size` as it was: the next one goes over what it may have left.
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, this.#size + written);
      written += bytesWritten;
    }
    if (this.#durability === "disk") await this.#handle.datasync();
    this.#size += written;
  }
}
