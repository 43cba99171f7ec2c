import type { CachedResponse } from "../cached-response.ts";
import type { StoreOptions } from "./keeper.ts";
import type { Lookup } from "./lookup.ts";

/** How an adapter calls what the cache stands in front of. */
export interface Producer<T> {
  /** The real call. */
  call(signal: AbortSignal | undefined): Promise<T>;
  /** The real call in the background, to renew a stale answer. @default call without a signal */
  refresh?(): Promise<T>;
  /** What to keep of its result; `null` when it cannot be kept. */
  encode(value: T, latencyMs: number): CachedResponse | null;
  readonly store?: StoreOptions;
}

/** Either the cache's answer, or what the producer returned. */
export type Served<T> =
  | { readonly lookup: Lookup; readonly response: CachedResponse; readonly value?: undefined }
  | { readonly lookup: Lookup; readonly value: T; readonly response?: undefined };
