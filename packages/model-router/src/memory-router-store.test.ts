import { fakeClock } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { memoryRouterStore } from "./memory-router-store.ts";
import { routerStoreSuite } from "./testing.ts";

describe("memoryRouterStore", () => {
  const clock = fakeClock();
  routerStoreSuite({
    test: it,
    expect,
    create: () => memoryRouterStore({ clock }),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
  });

  it("keeps the latest written when it is full", async () => {
    const store = memoryRouterStore({ clock, maxEntries: 2 });
    for (const key of ["a", "b", "c"]) await store.set(key, key, clock.now() + 1000);
    expect([await store.get("a"), await store.get("b"), await store.get("c")]).toEqual([undefined, "b", "c"]);
  });
});
