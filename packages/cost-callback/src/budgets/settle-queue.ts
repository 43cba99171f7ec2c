import type { NanoUsd } from "@langthrift/core";
import type { Lease } from "./budget-store.ts";

const MAX_WAITING = 100_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/** Settlements that the store did not take, tried again until it does: what was spent is not forgotten while the process lives. */
export class SettleQueue {
  readonly #settle: (lease: Lease, actual: NanoUsd | null) => Promise<unknown>;
  readonly #waiting = new Map<string, { readonly lease: Lease; readonly actual: NanoUsd | null }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delayMs = FIRST_DELAY_MS;

  constructor(settle: (lease: Lease, actual: NanoUsd | null) => Promise<unknown>) {
    this.#settle = settle;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(lease: Lease, actual: NanoUsd | null): void {
    if (this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(`${lease.budgetId}\n${lease.leaseId}`, { lease, actual });
    this.#schedule();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [key, { lease, actual }] of this.#waiting) {
      try {
        await this.#settle(lease, actual);
        this.#waiting.delete(key);
        this.#delayMs = FIRST_DELAY_MS;
      } catch {
        this.#delayMs = Math.min(LONGEST_DELAY_MS, this.#delayMs * 2);
        break;
      }
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), this.#delayMs);
    this.#timer.unref?.();
  }
}
