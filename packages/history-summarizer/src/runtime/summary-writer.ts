import { type Clock, type FailureLog, type Usage, withTimeout } from "@langthrift/core";
import type { HistorySummary } from "../engine/history-summary.ts";
import type { Plan } from "../engine/plan-context.ts";
import { summarize } from "../engine/summarize.ts";
import { SummaryRejectedError } from "../engine/summary-rejected-error.ts";
import type { HistoryCall } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import type { Summarizer } from "../summarizers/summarizer.ts";
import type { EventSender } from "./event-sender.ts";
import type { Pricing } from "./pricing.ts";
import type { SessionState } from "./session-state.ts";

export interface SummaryWriterOptions extends Pick<
  HistorySummarizerOptions,
  "maxSummaryTokens" | "timeoutMs" | "retries" | "pin" | "tokenCounter"
> {
  readonly summarizer: Summarizer;
  readonly fallback: Summarizer | undefined;
  readonly pricing: Pricing;
  readonly clock: Clock;
  readonly log: FailureLog;
  readonly send: EventSender;
}

export interface WriteInput {
  readonly call: HistoryCall;
  readonly plan: Plan & { readonly action: "summarize" };
  readonly previous: HistorySummary | undefined;
  readonly version: number;
  /** Asked before the summariser, once. */
  readonly first?: Summarizer | undefined;
}

const FALLBACK_AFTER = 3;
const MAX_SKIP = 64;

/** Writes summaries: attempts, time limit, acceptance, fallback, back-off. */
export class SummaryWriter {
  readonly #options: SummaryWriterOptions;

  constructor(options: SummaryWriterOptions) {
    this.#options = options;
  }

  /**
   * A summary that was accepted, or `undefined`; the model first, after repeated failures the fallback. Failures make later calls skip.
   * Rejects only when the caller's signal was aborted.
   */
  async write(input: WriteInput, state: SessionState): Promise<HistorySummary | undefined> {
    const { retries = 1, summarizer, fallback } = this.#options;
    const attempts = Array.from<Summarizer>({ length: retries + 1 }).fill(summarizer);
    if (input.first) attempts.unshift(input.first);
    if (fallback && state.failures + 1 >= FALLBACK_AFTER) attempts.push(fallback);
    for (const attempt of attempts) {
      const written = await this.#attempt(input, attempt);
      if (!written) continue;
      state.failures = 0;
      return written;
    }
    state.failures += 1;
    // 1, 2, 4, 8 … calls.
    state.skip = Math.min(MAX_SKIP, 2 ** (state.failures - 1));
    return undefined;
  }

  async #attempt(input: WriteInput, summarizer: Summarizer): Promise<HistorySummary | undefined> {
    const { call, plan, previous, version } = input;
    const { maxSummaryTokens = 300, timeoutMs = 20_000, pin, tokenCounter, pricing, clock, log } = this.#options;
    const started = clock.monotonic();
    const usages: (Usage | null)[] = [];
    let reason = "summary";
    let result: HistorySummary | undefined;
    try {
      result = await withTimeout(
        "The history summary",
        timeoutMs,
        (signal) =>
          summarize(
            {
              messages: call.messages,
              from: plan.from,
              to: plan.to,
              previous,
              maxSummaryTokens,
              ...(pin && { pin }),
              ...(tokenCounter && { tokenCounter }),
              priceOf: (usage) => pricing.costOf(summarizer, usage),
              config: call.config,
              onUsage: (usage) => usages.push(usage),
              overrunNanoUsd: plan.estimate.overrunNanoUsd,
              version,
              clock,
            },
            summarizer,
            signal,
          ),
        call.signal,
      );
    } catch (error) {
      if (call.signal?.aborted) throw error;
      reason = SummaryRejectedError.isInstance(error) ? `rejected:${(error as SummaryRejectedError).reason}` : "summary-failed";
      log.note(reason, error);
    }
    await this.#sendOverhead(call, summarizer, { usages, reason, latencyMs: clock.monotonic() - started, version });
    return result;
  }

  async #sendOverhead(
    call: HistoryCall,
    summarizer: Summarizer,
    { usages, reason, latencyMs, version }: { usages: readonly (Usage | null)[]; reason: string; latencyMs: number; version: number },
  ): Promise<void> {
    const { send, pricing } = this.#options;
    for (const usage of usages) {
      await send(call, {
        kind: "overhead",
        reason,
        ...(usage && { usage }),
        model: summarizer.model,
        ...(summarizer.provider !== undefined && { provider: summarizer.provider }),
        nanoUsd: usage ? pricing.costOf(summarizer, usage) : null,
        latencyMs,
        alreadyInLedger: summarizer.inLedger === true,
        details: { version },
      });
    }
  }
}
