import { TimeoutError } from "./timeout-error.ts";

/**
 * Runs a step of ours within a limit. Rejects with the limit's `TimeoutError` even when the step ignores its signal; a late failure of the
 * abandoned step is swallowed. Aborting `signal` rejects with its reason.
 *
 * @param what For the error's text, for example "cache lookup".
 * @param ms The limit, in milliseconds.
 */
export async function withTimeout<T>(what: string, ms: number, run: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const stop = (reason: unknown) => {
      reject(reason);
      controller.abort(reason);
    };
    timer = setTimeout(() => stop(new TimeoutError(what, ms)), ms);
    onAbort = () => stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    // Started inside a promise, so that a synchronous throw is a rejection too; the race consumes a late one.
    return await Promise.race([Promise.resolve(controller.signal).then(run), limit]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener("abort", onAbort);
  }
}
