import type { FailureLog } from "@langthrift/core";
import type { CostEntry, SavingsRecord } from "./cost-entry.ts";
import type { CostExporter } from "./cost-exporter.ts";

export interface ExportQueueOptions {
  readonly exporters: readonly CostExporter[];
  readonly failures: FailureLog;
  /** Records that make a batch. @default 200 */
  readonly batchSize?: number;
  /** A smaller batch goes out after so long, in ms. @default 1_000 */
  readonly delayMs?: number;
  /** Records that may wait; what comes on top is dropped and counted. @default 20_000 */
  readonly maxWaiting?: number;
}

/** Hands records to the exporters in batches, beside the calls: never in their way, never with an error. */
export class ExportQueue {
  readonly #options: Required<ExportQueueOptions>;
  #entries: CostEntry[] = [];
  #savings: SavingsRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Records handed over and not yet written. */
  #inFlight = 0;
  #dropped = 0;

  constructor({ exporters, failures, batchSize = 200, delayMs = 1_000, maxWaiting = 20_000 }: ExportQueueOptions) {
    this.#options = { exporters, failures, batchSize, delayMs, maxWaiting };
  }

  /** Records that no exporter got, because they came faster than they went or because a batch failed. */
  get dropped(): number {
    return this.#dropped;
  }

  addEntry(entry: CostEntry): void {
    if (this.#accepts()) {
      this.#entries.push(entry);
      this.#schedule();
    }
  }

  addSavings(record: SavingsRecord): void {
    if (this.#accepts()) {
      this.#savings.push(record);
      this.#schedule();
    }
  }

  /** Resolves when everything that was added before has been handed over. Never rejects. */
  async flush(): Promise<void> {
    this.#send();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.flush();
    await Promise.all(
      this.#options.exporters.map(async (exporter) => {
        try {
          await exporter.close();
        } catch (error) {
          this.#options.failures.note("exporter-close", error);
        }
      }),
    );
  }

  #accepts(): boolean {
    if (this.#options.exporters.length === 0) return false;
    if (this.#entries.length + this.#savings.length + this.#inFlight < this.#options.maxWaiting) return true;
    this.#dropped += 1;
    if (this.#dropped === 1) this.#options.failures.note("exporter-full", new Error("records come faster than the exporters write them"));
    return false;
  }

  #schedule(): void {
    if (this.#entries.length + this.#savings.length >= this.#options.batchSize) {
      this.#send();
      return;
    }
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#send(), this.#options.delayMs);
    // A report that is due must not keep a finished program alive; `flush` is for its end.
    this.#timer.unref?.();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#entries.length === 0 && this.#savings.length === 0) return;
    const entries = this.#entries;
    const savings = this.#savings;
    this.#entries = [];
    this.#savings = [];
    const count = entries.length + savings.length;
    this.#inFlight += count;
    this.#running = this.#running.then(async () => {
      await Promise.all(
        this.#options.exporters.map(async (exporter) => {
          try {
            await exporter.export(entries, savings);
          } catch (error) {
            this.#dropped += count;
            this.#options.failures.note("exporter", error);
          }
        }),
      );
      this.#inFlight -= count;
    });
  }
}
