/** Calls in progress by key: equal requests at the same time share one. */
export class Flights {
  readonly #flights = new Map<string, Flight<unknown>>();

  get size(): number {
    return this.#flights.size;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /**
   * Joins the call of this key or starts it. The call belongs to all who wait for it: it goes on when one of them leaves, the one who
   * started it included, and is aborted when the last one has left. Its error goes to all.
   */
  async join<T>(
    key: string,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; led: boolean }> {
    signal?.throwIfAborted();
    const running = this.#flights.get(key) as Flight<T> | undefined;
    if (running && !running.abandoned) return { value: await running.wait(signal), led: false };
    const flight = new Flight(start);
    this.#flights.set(key, flight as Flight<unknown>);
    const done = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(done, done);
    return { value: await flight.wait(signal), led: true };
  }
}

class Flight<T> {
  readonly result: Promise<T>;
  readonly #controller = new AbortController();
  #waiting = 0;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.result = Promise.resolve(this.#controller.signal).then(start);
    // Those who wait handle its rejection; nobody may be left when it comes.
    this.result.catch(() => undefined);
  }

  get abandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  async wait(signal: AbortSignal | undefined): Promise<T> {
    this.#waiting += 1;
    let onAbort: (() => void) | undefined;
    try {
      if (!signal) return await this.result;
      const left = new Promise<never>((_resolve, reject) => {
        onAbort = () => {
          reject(signal.reason as Error);
          if (this.#waiting === 1) this.#controller.abort(signal.reason);
        };
        signal.addEventListener("abort", onAbort, { once: true });
      });
      return await Promise.race([this.result, left]);
    } finally {
      this.#waiting -= 1;
      if (onAbort) signal?.removeEventListener("abort", onAbort);
    }
  }
}
