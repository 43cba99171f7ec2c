import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryFlightLock } from "../__fixtures__/memory-flight-lock.ts";
import { ASKED, testCache } from "../__fixtures__/questions.ts";
import type { FlightGrant, FlightLock } from "../flight-lock.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import { memoryCacheStore } from "../stores/memory-cache-store.ts";

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Caches as of so many processes on one store, each with a lock, and a model that counts its calls. */
function processes(...locks: readonly FlightLock[]) {
  const store = memoryCacheStore();
  const made: string[] = [];
  const model = async (): Promise<string> => {
    const answer = `answer ${made.length + 1}`;
    made.push(answer);
    await soon(40);
    return answer;
  };
  const caches = locks.map((flights) => testCache({ store, flights, timeoutMs: 100 }));
  const [first, second] = caches as [SemanticCache, SemanticCache];
  return { caches, first, second, made, model };
}

describe("a lock between processes", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets one of them ask, and the others have its answer", async () => {
    const flights = memoryFlightLock();
    const { caches, made, model } = processes(flights, flights, flights, flights);
    expect(await Promise.all(caches.map((cache) => cache.wrap({ text: ASKED }, model)))).toEqual(Array(4).fill("answer 1"));
    expect(made).toEqual(["answer 1"]);
    await Promise.all(caches.map((cache) => cache.idle()));
    expect(flights.held.size).toBe(0);
    expect(caches.reduce((sum, cache) => sum + cache.stats().kinds.coalesced, 0)).toBe(3);
  });

  it("hands an answer on that was finished just before the lease came", async () => {
    const lock = memoryFlightLock();
    let asked = 0;
    // The other one starts and finishes between this one's lookup and its lease.
    const late: FlightLock = {
      async acquire(id, ttlMs) {
        if ((asked += 1) === 1) await first.wrap({ text: ASKED }, model);
        return lock.acquire(id, ttlMs);
      },
    };
    const { first, second, made, model } = processes(lock, late);
    expect(await second.wrap({ text: ASKED }, model)).toBe("answer 1");
    expect(made).toEqual(["answer 1"]);
    await second.idle();
    expect(lock.held.size).toBe(0);
  });

  it("is given back when the call fails, and its error reaches only its own callers", async () => {
    const flights = memoryFlightLock();
    const { caches, first, second, model } = processes(flights, flights);
    const failing = first.wrap({ text: ASKED }, async () => {
      await soon(20);
      throw new Error("provider is down");
    });
    const other = second.wrap({ text: ASKED }, model);
    await expect(failing).rejects.toThrow("provider is down");
    expect(await other).toBe("answer 1");
    await Promise.all(caches.map((cache) => cache.idle()));
    expect(flights.held.size).toBe(0);
  });

  it("makes nobody wait in a row for answers that cannot be kept", async () => {
    const flights = memoryFlightLock();
    const { caches } = processes(...Array.from({ length: 6 }, () => flights));
    let started = 0;
    let allStarted = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      allStarted = resolve;
    });
    // The first ends soon, the others only when all are there: it could not be so if they came one after the other.
    const unkept = async (): Promise<Map<string, number>> => {
      started += 1;
      if (started === 6) allStarted();
      await (started === 1 ? soon(20) : all);
      return new Map();
    };
    await Promise.all(caches.map((cache) => cache.wrap({ text: ASKED }, unkept)));
    expect(started).toBe(6);
    await Promise.all(caches.map((cache) => cache.idle()));
    expect(flights.held.size).toBe(0);
  });

  it("goes to the next one when its owner is gone", async () => {
    const flights = memoryFlightLock();
    const ids: string[] = [];
    const seen: FlightLock = {
      async acquire(id, ttlMs) {
        // Another one is first, and never heard of again.
        if (ids.push(id) === 1) await flights.acquire(id, ttlMs);
        if (ids.length === 4) flights.expire();
        return flights.acquire(id, ttlMs);
      },
    };
    const { first, made, model } = processes(seen);
    expect(await first.wrap({ text: ASKED }, model)).toBe("answer 1");
    expect(made).toEqual(["answer 1"]);
    expect(ids.length).toBe(4);
    expect(ids[0]).toMatch(/^[\da-f]{64}$/);
  });

  it("is passed by when it fails, hangs or makes no sense, and counted", async () => {
    const boolean = () => Promise.resolve(true as unknown as FlightGrant);
    for (const acquire of [() => Promise.reject(new Error("gone")), () => new Promise<FlightGrant>(() => undefined), boolean]) {
      const { first, model } = processes({ acquire });
      expect(await first.wrap({ text: ASKED }, model)).toBe("answer 1");
      expect(first.stats().failures).toEqual({ "flight-lock": 1 });
    }
  });

  it("gives back a lease that came too late", async () => {
    const lock = memoryFlightLock();
    const slow: FlightLock = {
      async acquire(id, ttlMs) {
        const grant = await lock.acquire(id, ttlMs);
        await soon(200);
        return grant;
      },
    };
    const { first, model } = processes(slow);
    expect(await first.wrap({ text: ASKED }, model)).toBe("answer 1");
    expect(lock.held.size).toBe(1);
    await expect.poll(() => lock.held.size).toBe(0);
  });

  it("is renewed while the answer is being made, and no longer", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let renewals = 0;
    const lease = { renew: async () => (renewals += 1) > 0, release: async () => undefined };
    const { first } = processes({ acquire: async (_id, ttlMs) => (expect(ttlMs).toBe(5_000), { lease }) });
    const answer = await first.wrap({ text: ASKED }, async () => {
      await vi.advanceTimersByTimeAsync(10_000);
      return "after ten seconds";
    });
    expect(answer).toBe("after ten seconds");
    expect(renewals).toBe(6);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(renewals).toBe(6);
  });

  it("ends the wait of a caller that aborts", async () => {
    const { first, model, made } = processes({ acquire: () => Promise.resolve({ holder: "another" }) });
    const controller = new AbortController();
    const waiting = first.wrap({ text: ASKED }, model, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await expect(waiting).rejects.toThrow("enough");
    expect(made).toEqual([]);
  });
});
