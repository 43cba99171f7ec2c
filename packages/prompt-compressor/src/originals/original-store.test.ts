import { describe, expect, it } from "vitest";
import { memoryOriginalStore } from "./original-store.ts";
import { originalStoreSuite } from "./original-store-suite.ts";

describe("memoryOriginalStore", () => {
  originalStoreSuite({ test: it, expect, create: () => memoryOriginalStore() });

  it("lets the least recently used go, and keeps one that is too long alone", async () => {
    const store = memoryOriginalStore({ maxCharacters: 10 });
    await store.set("a", "aaaa");
    await store.set("b", "bbbb");
    await store.get("a");
    await store.set("c", "cccc");
    expect(await Promise.all(["a", "b", "c"].map((id) => store.get(id)))).toEqual(["aaaa", undefined, "cccc"]);
    await store.set("d", "d".repeat(20));
    expect(await Promise.all(["a", "c", "d"].map((id) => store.get(id)))).toEqual([undefined, undefined, "d".repeat(20)]);
  });
});
