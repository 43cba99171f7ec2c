import type { CostExporter } from "../cost-exporter.ts";

/** What is used of LangSmith's `Client`. */
export interface LangSmithClientLike {
  createFeedback(
    runId: string,
    key: string,
    options: {
      score?: number;
      comment?: string;
      sourceInfo?: object;
      sessionId?: string;
      startTime?: number;
      extendTraceRetention?: boolean;
    },
  ): Promise<unknown>;
}

/** Options of {@link langSmithExporter}. */
export interface LangSmithExporterOptions {
  /** A LangSmith client, or what has its `createFeedback`. */
  readonly client: LangSmithClientLike;
  /** Name of the feedback. @default "cost_usd" */
  readonly key?: string;
  /** Id of the LangSmith project (session) that the runs are in. Newer clients warn without it, and newer servers need it. */
  readonly sessionId?: string;
  /** `true`: the traces are kept for longer, as feedback makes them, which LangSmith bills. Older clients always do that. @default false */
  readonly extendTraceRetention?: boolean;
  /** Requests to LangSmith at once. @default 5 */
  readonly concurrency?: number;
}

/**
 * Writes each model call's cost on its LangSmith run, as feedback: it can be charted and filtered there, and overwrites nothing of the run.
 * Calls without a known price, and entries that are no runs (embeddings, stores), are left out.
 */
export function langSmithExporter({
  client,
  key = "cost_usd",
  sessionId,
  extendTraceRetention = false,
  concurrency = 5,
}: LangSmithExporterOptions): CostExporter {
  return {
    async export(entries) {
      const waiting = entries.filter(({ kind, nanoUsd, status }) => kind === "llm" && nanoUsd !== null && status !== "refused");
      let failure: unknown;
      const work = async (): Promise<void> => {
        for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
          try {
            await client.createFeedback(entry.id, key, {
              score: (entry.nanoUsd ?? 0) / 1e9,
              comment: `${entry.model}, ${entry.confidence}`,
              sourceInfo: { source: "langthrift", catalogVersion: entry.catalogVersion },
              extendTraceRetention,
              ...(sessionId !== undefined && { sessionId, startTime: entry.at }),
            });
          } catch (error) {
            failure ??= error;
          }
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      if (failure !== undefined) throw failure as Error;
    },
    async close() {
      // The client is the caller's.
    },
  };
}
