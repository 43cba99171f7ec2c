/** Options of a single call, beyond LangChain's interface. */
export interface EmbedCallOptions {
  /** Rejects the call with the signal's reason; work between two texts stops. */
  readonly signal?: AbortSignal;
}

/** Settles as `work` does, or rejects as soon as the signal aborts. */
export async function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
