import { recordOf } from "./unknown-record.ts";

/**
 * Listens to the signal among a run's options (`extraParams.options.signal`). Returns how to stop listening; `undefined` where there is no
 * signal, or it has fired before.
 */
export function onAbortOf(extraParams: Readonly<Record<string, unknown>>, onAbort: () => void): (() => void) | undefined {
  const signal = recordOf(extraParams["options"])?.["signal"];
  if (!(signal instanceof AbortSignal) || signal.aborted) return undefined;
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}
