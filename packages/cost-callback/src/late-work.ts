/** So much may wait; then it is done at once. */
const MAX_WAITING = 1_024;
const WAIT_MS = 100;

/**
 * Bookkeeping that can wait until the answers it is about have gone out. It is done in order: before anything is read, when a lot has come
 * together, or a tenth of a second later. Done in one go it also takes less time than spread over the calls.
 */
export class LateWork {
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];
  #draining = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onError Sees what a piece of work throws; the others are done all the same. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length >= MAX_WAITING) this.drain();
    else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.drain(), WAIT_MS);
      // Sums are read before a program ends, or nobody needs them.
      this.#timer.unref?.();
    }
  }

  /** Does what waits. A no-op inside of work that is being done: what comes before it is done already. */
  drain(): void {
    if (this.#draining || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      for (const work of waiting) {
        try {
          work();
        } catch (error) {
          this.#onError(error);
        }
      }
    } finally {
      this.#draining = false;
    }
    // What the work itself has added.
    this.drain();
  }
}
