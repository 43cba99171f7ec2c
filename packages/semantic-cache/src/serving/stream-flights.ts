/**
 * Streams in progress by key. The first reader's demand pulls the source; what was read is kept, so that a later reader gets it from the
 * start. The source is closed when the last reader has left before its end.
 */
export class StreamFlights {
  readonly #flights = new Map<string, StreamFlight<unknown>>();

  get size(): number {
    return this.#flights.size;
  }

  /**
   * @param start Opens the source; the signal aborts when all readers have aborted.
   * @param finish Called once with everything read, before any reader sees the end; not for a broken-off or failed stream.
   */
  join<T>(
    key: string,
    start: (signal: AbortSignal) => AsyncGenerator<T>,
    finish: (items: readonly T[]) => Promise<void>,
  ): { readonly read: (signal?: AbortSignal) => AsyncGenerator<T>; readonly led: boolean } {
    const running = this.#flights.get(key) as StreamFlight<T> | undefined;
    if (running && !running.closed) return { read: (signal) => running.read(signal), led: false };
    const flight = new StreamFlight(start, finish, () => {
      if (this.#flights.get(key) === (flight as StreamFlight<unknown>)) this.#flights.delete(key);
    });
    this.#flights.set(key, flight as StreamFlight<unknown>);
    return { read: (signal) => flight.read(signal), led: true };
  }
}

class StreamFlight<T> {
  closed = false;
  readonly #items: T[] = [];
  readonly #controller = new AbortController();
  readonly #source: AsyncGenerator<T>;
  readonly #finish: (items: readonly T[]) => Promise<void>;
  readonly #onClosed: () => void;
  #pulling: Promise<boolean> | undefined;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #readers = 0;

  constructor(start: (signal: AbortSignal) => AsyncGenerator<T>, finish: (items: readonly T[]) => Promise<void>, onClosed: () => void) {
    this.#source = start(this.#controller.signal);
    this.#finish = finish;
    this.#onClosed = onClosed;
  }

  async *read(signal?: AbortSignal): AsyncGenerator<T> {
    signal?.throwIfAborted();
    this.#readers += 1;
    let here = true;
    const leave = (): Promise<void> | undefined => {
      if (!here) return undefined;
      here = false;
      this.#readers -= 1;
      return this.#readers === 0 && !this.#ended && !this.#failure ? this.#abandon(signal) : undefined;
    };
    // LangChain never resumes a generator whose reader aborted, so the end of this one may not run.
    const onAbort = (): void => void leave();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (let index = 0; ; index += 1) {
        while (index >= this.#items.length && !this.#ended && !this.#failure) await this.#next(signal);
        if (index < this.#items.length) {
          yield this.#items[index] as T;
          continue;
        }
        if (this.#failure) throw this.#failure.error;
        return;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await leave();
    }
  }

  /** One pull serves all readers that wait for it. */
  async #next(signal: AbortSignal | undefined): Promise<void> {
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = undefined;
    });
    await raceWithAbort(this.#pulling, signal);
  }

  async #pull(): Promise<boolean> {
    try {
      const { value, done } = await this.#source.next();
      if (!done) {
        this.#items.push(value);
        return true;
      }
      await this.#finish(this.#items);
      this.#ended = true;
    } catch (error) {
      this.#failure = { error };
    }
    this.#close();
    return false;
  }

  async #abandon(signal: AbortSignal | undefined): Promise<void> {
    this.#close();
    this.#controller.abort(signal?.aborted ? signal.reason : undefined);
    // A source that waits for its provider only returns once that answers; it has its signal.
    const closing = this.#source.return(undefined);
    if (this.#pulling) closing.catch(() => undefined);
    else await closing.catch(() => undefined);
  }

  #close(): void {
    this.closed = true;
    this.#onClosed();
  }
}

async function raceWithAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  try {
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}
