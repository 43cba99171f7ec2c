/** What a benchmark hands back; `metrics` is flat, so that two runs can be compared by name. */
export interface BenchResult {
  /** What the figures depend on: files, seeds, thresholds. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Rates as fractions, times in ms unless the name says otherwise; snake_case. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Tables for people. */
  readonly text: string;
  /** Promises that must hold and did not: they are printed, and the command ends with 1. @default none */
  readonly broken?: readonly string[];
}

export interface BenchOptions {
  readonly seed: number;
  readonly queries?: string[];
  readonly pairs?: string[];
  readonly rows?: string[];
  readonly test?: string;
  readonly adjudicated?: string;
  readonly conversations?: string;
  readonly text?: string;
  readonly guards?: string;
  readonly zipf?: number;
  readonly requests?: number;
  readonly limit?: number;
}

export interface Bench {
  readonly name: string;
  /** One line for `--list`. */
  readonly summary: string;
  /** Options it reads, for `--list`. */
  readonly options: readonly (keyof BenchOptions)[];
  run(options: BenchOptions, say: (text: string) => void): Promise<BenchResult>;
}

/** A sentence for the person at the terminal; no stack trace. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
