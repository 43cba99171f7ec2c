export interface TaskQueueOptions {
  /** Tasks at the same time. @default 4 */
  readonly concurrency?: number;
  /** Tasks waiting; one more is dropped and counted. @default 1000 */
  readonly limit?: number;
  readonly onError: (error: unknown) => void;
  /** Keeps a serverless process alive for a task. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
}

/** Work after the answer: judging, refreshing. Bounded, so that it can never pile up behind traffic. */
export class TaskQueue {
  readonly #concurrency: number;
  readonly #limit: number;
  readonly #onError: (error: unknown) => void;
  readonly #waitUntil: ((promise: Promise<unknown>) => void) | undefined;
  readonly #waiting: (() => Promise<void>)[] = [];
  #idleWaiters: (() => void)[] = [];
  #running = 0;
  #dropped = 0;

  constructor({ concurrency = 4, limit = 1000, onError, waitUntil }: TaskQueueOptions) {
    this.#concurrency = concurrency;
    this.#limit = limit;
    this.#onError = onError;
    this.#waitUntil = waitUntil;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get pending(): number {
    return this.#waiting.length + this.#running;
  }

  add(task: () => Promise<void>): boolean {
    if (this.#waiting.length >= this.#limit) {
      this.#dropped += 1;
      return false;
    }
    const done = new Promise<void>((resolve) => {
      this.#waiting.push(() => task().catch(this.#onError).finally(resolve));
    });
    try {
      this.#waitUntil?.(done);
    } catch (error) {
      this.#onError(error);
    }
    this.#start();
    return true;
  }

  /** Resolves when nothing is waiting or running. */
  async idle(): Promise<void> {
    while (this.pending > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #start(): void {
    while (this.#running < this.#concurrency) {
      const task = this.#waiting.shift();
      if (!task) return;
      this.#running += 1;
      void task().then(() => {
        this.#running -= 1;
        this.#start();
        if (this.pending > 0) return;
        const waiters = this.#idleWaiters;
        this.#idleWaiters = [];
        for (const wake of waiters) wake();
      });
    }
  }
}
