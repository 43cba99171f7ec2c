import { fakeClock } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { memoryRouterStore } from "../memory-router-store.ts";
import { routerStoreSuite } from "../testing.ts";
import { guardedStore } from "./guarded-store.ts";

describe("guardedStore", () => {
  const clock = fakeClock();
  routerStoreSuite({
    test: it,
    expect,
    create: () => guardedStore(memoryRouterStore({ clock }), { timeoutMs: 5_000, clock }),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
  });

  it("limits an operation in time", async () => {
    const hanging = { ...memoryRouterStore(), get: () => new Promise<never>(() => undefined) };
    await expect(guardedStore(hanging, { timeoutMs: 20, clock }).get("a")).rejects.toThrow("router store");
  });

  it("leaves a store alone after three failures, lets one operation try it after five seconds, and goes on when that succeeds", async () => {
    let asked = 0;
    let up = false;
    const flaky = {
      ...memoryRouterStore(),
      get: async () => {
        asked += 1;
        if (!up) throw new Error("down");
        return "x";
      },
    };
    const store = guardedStore(flaky, { timeoutMs: 5_000, clock });
    for (let call = 0; call < 6; call += 1) await expect(store.get("a")).rejects.toThrow(call < 3 ? "down" : "left alone");
    expect(asked).toBe(3);
    clock.advance(5_001);
    const tries = await Promise.allSettled([store.get("a"), store.get("a"), store.get("a")]);
    expect(tries.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(asked).toBe(4);
    up = true;
    clock.advance(5_001);
    expect(await store.get("a")).toBe("x");
    expect(await Promise.all([store.get("a"), store.get("a")])).toEqual(["x", "x"]);
  });
});
