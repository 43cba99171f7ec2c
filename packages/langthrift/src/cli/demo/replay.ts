import { AsyncLocalStorage } from "node:async_hooks";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import { cacheMark, modelFromRun, type NanoUsd, type PriceBook, type Usage, usageFromMessage } from "@langthrift/core";
import type { CacheStore } from "@langthrift/semantic-cache";
import type { TrafficRequest } from "../traffic/traffic-request.ts";
import type { ProviderTimer } from "./provider-timer.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";

export interface ReplayOptions {
  readonly model: BaseChatModel;
  readonly labels: LabelledStore;
  readonly prices: PriceBook;
  readonly strongModel: string;
  readonly timer: ProviderTimer;
  /** Stops between two requests. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, outcome: ReplayOutcome) => void;
}

/** A cache store that remembers under which label each entry was stored, to tell wrong hits. */
export interface LabelledStore extends CacheStore {
  readonly labelOf: (entryId: string) => string | undefined;
  /** Runs a request whose answer, if it is stored, has this label. */
  run<T>(label: string | undefined, request: () => Promise<T>): Promise<T>;
}

export function labelledStore(store: CacheStore): LabelledStore {
  const current = new AsyncLocalStorage<string | undefined>();
  const labels = new Map<string, string>();
  return {
    ...store,
    put(entry) {
      const label = current.getStore();
      if (label !== undefined) labels.set(entry.id, label);
      return store.put(entry);
    },
    labelOf: (entryId) => labels.get(entryId),
    run: (label, request) => current.run(label, request),
  };
}

/** Sends the requests one after the other, as the log has them, through the pipeline. A request that fails is counted, and the next follows. */
export async function replay(requests: readonly TrafficRequest[], options: ReplayOptions): Promise<ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  for (const request of requests) {
    if (options.signal.aborted) break;
    const outcome = await replayOne(request, options);
    outcomes.push(outcome);
    options.onProgress(outcomes.length, outcome);
  }
  return outcomes;
}

async function replayOne(request: TrafficRequest, options: ReplayOptions): Promise<ReplayOutcome> {
  const { model, labels, timer } = options;
  timer.reset();
  const started = performance.now();
  try {
    const answer = await labels.run(request.label, () =>
      model.invoke([...request.messages], {
        tags: ["replay"],
        metadata: {
          ...(request.tenant !== undefined && { tenant: request.tenant }),
          ...(request.user !== undefined && { user: request.user }),
        },
      }),
    );
    const totalMs = performance.now() - started;
    return { request, totalMs, providerMs: timer.elapsedMs, ...judge(answer, request, options) };
  } catch (error) {
    return {
      request,
      answeredBy: null,
      error: error instanceof Error ? error.message : String(error),
      spentNanoUsd: 0 as NanoUsd,
      baselineNanoUsd: 0 as NanoUsd,
      totalMs: performance.now() - started,
      providerMs: timer.elapsedMs,
    };
  }
}

function judge(
  answer: BaseMessage,
  request: TrafficRequest,
  { labels, prices, strongModel }: ReplayOptions,
): Omit<ReplayOutcome, "request" | "totalMs" | "providerMs"> {
  const { served, provider = "openai" } = modelFromRun({ message: answer });
  const price = (model: string, usage: Usage | null) => (usage ? prices.priceOf({ model, provider, usage }).nanoUsd : null);
  const mark = cacheMark(answer);
  const model = served === undefined ? {} : { model: served };
  if (!mark) {
    const usage = usageFromMessage(answer);
    return { answeredBy: "model", ...model, spentNanoUsd: price(served ?? strongModel, usage), baselineNanoUsd: price(strongModel, usage) };
  }
  const storedLabel = labels.labelOf(mark.entryId);
  const judged = request.label !== undefined && storedLabel !== undefined;
  return {
    answeredBy: "cache",
    ...model,
    cacheKind: mark.kind,
    ...(judged && { wrongHit: request.label !== storedLabel }),
    spentNanoUsd: 0 as NanoUsd,
    baselineNanoUsd: price(strongModel, mark.savedUsage),
  };
}
