import type { BaseMessage } from "@langchain/core/messages";
import type { CallRecord, Clock, Logger, NanoUsd, PriceBook, TokenCounter, Usage } from "@langthrift/core";
import type { CostEntry } from "./cost-entry.ts";
import type { CostExporter } from "./cost-exporter.ts";
import type { CostLedgerOptions } from "./cost-ledger.ts";
import type { LabelOptions } from "./label-options.ts";
import type { RunNode } from "./run-node.ts";

/** Options of `CostRecorder`; `CostCallbackHandler` takes the same. */
export interface CostRecorderOptions extends Omit<CostLedgerOptions, "metadata" | "catalogVersion"> {
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** Which metadata keys are users, sessions, tenants, features, and which others are kept. */
  readonly labels?: LabelOptions;
  /** Counts what a provider did not. @default core's, loaded when first needed */
  readonly tokenCounter?: TokenCounter;
  /** @default [] */
  readonly exporters?: readonly CostExporter[];
  /** A stream from which nothing came for so long was left by its reader, in ms. @default 60_000 */
  readonly abandonedAfterMs?: number;
  /** Runs that may be open at once; the oldest is given up beyond it. @default 20_000 */
  readonly maxOpenRuns?: number;
  /** Finished runs whose own cost can still be asked for with `costOf`. @default 1_000 */
  readonly maxFinishedRuns?: number;
  /** Sees each entry, in order, at the latest a tenth of a second after its call. */
  readonly onEntry?: (entry: CostEntry) => void;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
  /** `false`: silent. @default console */
  readonly logger?: Logger | false;
}

/** What one run, with everything below it, has cost. */
export interface RunCost {
  readonly runId: string;
  readonly name?: string;
  /** `true` while it runs. */
  readonly running: boolean;
  readonly calls: number;
  readonly spentNanoUsd: NanoUsd;
  readonly avoidedNanoUsd: NanoUsd;
  readonly unknownPrices: number;
}

/** A run that begins, as a callback handler sees it. */
export interface RunStart {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly kind: RunNode["kind"];
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly llm?:
    | {
        readonly serialized?: unknown;
        readonly messages?: readonly BaseMessage[];
        readonly prompts?: readonly string[];
        readonly extraParams?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
  /** How long it has been running already, in ms. @default 0 */
  readonly elapsedMs?: number;
}

/** A run that has not begun. */
export interface UpcomingRun {
  readonly runId: string;
  readonly parentId?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A cost that no callback tells of: an embedding, a vector store's read or write, a paid tool. */
export interface OwnCost {
  readonly kind: CallRecord["kind"];
  readonly model: string;
  readonly provider?: string | undefined;
  readonly usage?: Usage | null;
  /** The price, where it does not come from the price book; `null` when unknown. */
  readonly nanoUsd?: NanoUsd | null;
  readonly status?: CallRecord["status"];
  /** ms since epoch. @default now */
  readonly at?: number;
  readonly latencyMs?: number;
  /** The run it belongs to, whose labels it takes. */
  readonly runId?: string | undefined;
  readonly runName?: string;
  readonly tags?: readonly string[];
  /** Read by the `labels` option. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly estimateReasons?: readonly string[];
  /** @default a fresh one; a known id is a no-op */
  readonly id?: string;
}
