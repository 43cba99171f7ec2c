/** Adds up the time that HTTP exchanges with the provider take. */
export interface ProviderTimer {
  /** ms since the last `reset`. */
  readonly elapsedMs: number;
  reset(): void;
  add(ms: number): void;
}

export function createProviderTimer(): ProviderTimer {
  let elapsedMs = 0;
  return {
    get elapsedMs() {
      return elapsedMs;
    },
    reset() {
      elapsedMs = 0;
    },
    add(ms) {
      elapsedMs += ms;
    },
  };
}

/** `fetch`, timed from the request to the end of the answer's body. */
export function timedFetch(timer: ProviderTimer): typeof fetch {
  return async (input, init) => {
    const started = performance.now();
    try {
      const response = await fetch(input, init);
      // Read here, so that the time of the body counts too; the replay does not stream.
      const body = await response.arrayBuffer();
      return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
    } finally {
      timer.add(performance.now() - started);
    }
  };
}
