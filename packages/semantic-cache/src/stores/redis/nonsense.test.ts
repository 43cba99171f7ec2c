import { describe, expect, it } from "vitest";
import { plainRedisStore } from "./plain-redis-store.ts";
import { queryEngineStore } from "./query-engine-store.ts";
import { vectorSetStore } from "./vector-set-store.ts";

const query = { partition: "p", vector: Float32Array.from([1, 0]), k: 1, now: 1 };
const answers: readonly unknown[] = [42, "OK", Buffer.from("<html>"), undefined, true, [Symbol("x")]];

describe.each([
  ["queryEngineStore", queryEngineStore],
  ["vectorSetStore", vectorSetStore],
  ["plainRedisStore", plainRedisStore],
] as const)("%s", (_name, create) => {
  it.each(answers)("rejects an answer that makes no sense and recovers: %s", async (answer) => {
    let down = true;
    const store = create({
      sendCommand: (args: (string | Buffer)[]) => Promise.resolve(down ? answer : String(args[0]) === "HGETALL" ? [] : 0),
    });
    await expect(store.search(query)).rejects.toThrow();
    down = false;
    expect(await store.get("a", 1)).toBe(null);
  });

  it("rejects the answer to another question", async () => {
    const other = ["id", "b", "partition", "p", "scope", "s", "model", "m", "tags", "[]", "at", "1", "exp", "9", "payload", "x"];
    const state = ["state", JSON.stringify({ uses: 0, nanoUsd: null, labels: [] })];
    const store = create({ sendCommand: () => Promise.resolve([...other, ...state]) });
    expect(await store.get("b", 1)).toMatchObject({ id: "b", payload: "x" });
    await expect(store.get("a", 1)).rejects.toMatchObject({ reason: "reply" });
  });

  it("passes on that the server is full or gone", async () => {
    const store = create({ sendCommand: () => Promise.reject(new Error("OOM command not allowed")) });
    await expect(store.get("a", 1)).rejects.toThrow(/OOM/);
    await expect(store.search(query)).rejects.toThrow(/OOM/);
    await expect(store.update("a", { payload: "x" })).rejects.toThrow(/OOM/);
  });
});
