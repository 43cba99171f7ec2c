import type { CallbackManager } from "@langchain/core/callbacks/manager";
import { dispatchCustomEvent } from "@langchain/core/callbacks/dispatch";
import { ensureConfig, getCallbackManagerForConfig, type RunnableConfig } from "@langchain/core/runnables";
import { randomUUID } from "node:crypto";
import { SAVINGS_EVENT, type SavingsEvent } from "./savings-event.ts";

/** Where a savings event goes: the first of these that is there. */
export interface DispatchTarget {
  /** The manager of the run the strategy works in, where it has one (`_generate`, `_call`). */
  readonly runManager?: { handleCustomEvent(name: string, data: unknown): Promise<void> } | undefined;
  /** The config the strategy was called with; without it, the one of the surrounding runnable. */
  readonly config?: RunnableConfig | undefined;
  /** The strategy's own listener, always called. */
  readonly onEvent?: ((event: SavingsEvent) => void) | undefined;
}

/**
 * Sends an event through the first way that exists: the run manager, the run of the config (or of the surrounding runnable), the
 * config's callbacks without a run. LangChain's `dispatchCustomEvent` alone loses it silently where there is no parent run.
 * Never throws, and never rejects.
 */
export async function dispatchSavings(event: SavingsEvent, { runManager, config, onEvent }: DispatchTarget): Promise<void> {
  try {
    onEvent?.(event);
  } catch {
    // A listener's fault is the listener's.
  }
  try {
    if (runManager) {
      await runManager.handleCustomEvent(SAVINGS_EVENT, event);
      return;
    }
    const resolved = ensureConfig(config);
    const manager = await getCallbackManagerForConfig(resolved);
    if (!manager) return;
    if (manager.getParentRunId() !== undefined) await dispatchCustomEvent(SAVINGS_EVENT, event, resolved);
    else await withoutEventStream(manager).handleCustomEvent?.(SAVINGS_EVENT, event, randomUUID(), manager.tags, manager.metadata);
  } catch {
    // Reporting never breaks a call.
  }
}

/** What stands behind `streamEvents` knows only runs that began, and complains on the console about others. */
function withoutEventStream(manager: CallbackManager): CallbackManager {
  const tracer = manager.handlers.find(({ name }) => name === "event_stream_tracer");
  if (!tracer) return manager;
  const others = manager.copy();
  others.removeHandler(tracer);
  return others;
}
