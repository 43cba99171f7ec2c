import type { CacheKey } from "../cache-key.ts";
import type { CachedResponse } from "../cached-response.ts";
import type { FlightLease, FlightLock } from "../flight-lock.ts";
import type { Engine } from "./engine.ts";

/** An owner that died blocks the others for no longer. */
const LEASE_MS = 5_000;
/** Three tries before a lease ends. */
const RENEW_EVERY_MS = 1_500;
/** Longest wait for an owner that is alive; then the model is asked after all. */
const WAIT_MS = 30_000;
const FIRST_POLL_MS = 25;
const LAST_POLL_MS = 250;

/** What was made here, or what another process made meanwhile. */
export type Shared<T> =
  | { readonly made: T; readonly response?: undefined }
  | { readonly made?: undefined; readonly response: CachedResponse };

/**
 * Makes an answer under the lock between processes, or takes the one that another process makes meanwhile. Whatever is wrong with the lock
 * or the store, the answer is made as if there were no lock; only the caller's abort and what `make` throws get through.
 */
export async function shareFlight<T>(engine: Engine, key: CacheKey, signal: AbortSignal, make: () => Promise<T>): Promise<Shared<T>> {
  const { flights } = engine.options;
  if (!flights) return { made: await make() };
  const { lease, response } = await claim(engine, flights, key, signal);
  if (response) return { response };
  if (!lease) return { made: await make() };
  const renewing = setInterval(() => void attempt(engine, () => lease.renew(LEASE_MS)), RENEW_EVERY_MS);
  // It must not keep a process alive whose work is done.
  renewing.unref();
  try {
    return { made: await make() };
  } finally {
    clearInterval(renewing);
    release(engine, lease);
  }
}

interface Claim {
  readonly lease?: FlightLease;
  readonly response?: CachedResponse;
}

/** The lease, the answer of another, or neither: then the caller goes on without. */
async function claim(engine: Engine, flights: FlightLock, key: CacheKey, signal: AbortSignal): Promise<Claim> {
  const { clock, failures } = engine;
  const deadline = clock.monotonic() + WAIT_MS;
  let awaited: string | null = null;
  try {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LAST_POLL_MS)) {
      const { lease, holder } = await acquire(engine, flights, key.id);
      if (lease) {
        // The one before may have finished between the lookup and the lease.
        const response = await stored(engine, key).catch(() => null);
        if (!response) return { lease };
        release(engine, lease);
        return { response };
      }
      if (typeof holder !== "string") throw new TypeError("`flights.acquire` gave neither a lease nor the name of its holder.");
      // Another one holds it by now: the first ended without an answer that may be shared, and so may this one.
      if (awaited !== null && holder !== awaited) return await answerOf(engine, key);
      awaited = holder;
      if (clock.monotonic() >= deadline) return {};
      await pause(pollMs, signal);
      const response = await stored(engine, key);
      if (response) return { response };
    }
  } catch (error) {
    signal.throwIfAborted();
    failures.note("flight-lock", error);
    return {};
  }
}

/** A lease that comes after the time limit is given back. */
async function acquire({ lockStep, timeoutMs }: Engine, flights: FlightLock, id: string): ReturnType<FlightLock["acquire"]> {
  let late = false;
  try {
    return await lockStep.run(timeoutMs, async () => {
      const grant = await flights.acquire(id, LEASE_MS);
      if (late) grant.lease?.release().catch(() => undefined);
      return grant;
    });
  } catch (error) {
    late = true;
    throw error;
  }
}

async function answerOf(engine: Engine, key: CacheKey): Promise<Claim> {
  const response = await stored(engine, key);
  return response ? { response } : {};
}

async function stored({ store, storeStep, timeoutMs, clock, readRecord }: Engine, key: CacheKey): Promise<CachedResponse | null> {
  const entry = await storeStep.run(timeoutMs, () => store.get(key.id, clock.now()));
  if (!entry || entry.id !== key.id || entry.partition !== key.partition || entry.state.blocked) return null;
  return readRecord(entry)?.response ?? null;
}

/** After the answer, which need not wait for it. */
function release(engine: Engine, lease: FlightLease): void {
  engine.tasks.add(() => attempt(engine, () => lease.release()));
}

/** A lease that cannot be renewed or released ends by itself. */
async function attempt({ lockStep, timeoutMs, failures }: Engine, step: () => Promise<unknown>): Promise<void> {
  try {
    await lockStep.run(timeoutMs, step);
  } catch (error) {
    failures.note("flight-lock", error);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
