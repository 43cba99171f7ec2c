import { describe, expect, it, vi } from "vitest";
import {
  collectEvents,
  fakeClock,
  messageWithUsage,
  recordedUsages,
  redisUrl,
  scriptedEmbeddings,
  seededRandom,
  sequentialIds,
} from "./index.ts";

describe("fakeClock", () => {
  it("moves only when told, and steps the wall without the monotonic reading", () => {
    const clock = fakeClock(1_000);
    clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250]);
    clock.setWall(500);
    expect([clock.now(), clock.monotonic()]).toEqual([500, 250]);
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });
});

describe("seededRandom and sequentialIds", () => {
  it("repeat themselves", () => {
    const [a, b] = [seededRandom(7), seededRandom(7)];
    const drawn = Array.from({ length: 1_000 }, () => a());
    expect(Array.from({ length: 1_000 }, () => b())).toEqual(drawn);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(drawn.reduce((sum, value) => sum + value, 0) / 1_000).toBeCloseTo(0.5, 1);
    const newId = sequentialIds("run");
    expect([newId(), newId()]).toEqual(["run-1", "run-2"]);
  });
});

describe("scriptedEmbeddings", () => {
  it("gives the vectors written down, copies them, and counts", async () => {
    const vectors = { a: [1, 0], b: [0, 1] };
    const embeddings = scriptedEmbeddings(vectors);
    const [first] = await embeddings.embedDocuments(["a", "b"]);
    first?.fill(9);
    expect(await embeddings.embedQuery("a")).toEqual([1, 0]);
    expect(embeddings).toMatchObject({ calls: 2, queryCalls: 1, documentCalls: 1, texts: ["a", "b", "a"] });
    await expect(embeddings.embedQuery("toString")).rejects.toThrow('"toString"');
    expect(await scriptedEmbeddings(new Map([["a", [3]]])).embedQuery("a")).toEqual([3]);
    expect(await scriptedEmbeddings((text) => [text.length]).embedQuery("four")).toEqual([4]);
  });

  it("fails and delays by call", async () => {
    const embeddings = scriptedEmbeddings(() => [1], { failure: (call) => (call === 1 ? new Error("down") : undefined), delayMs: 1 });
    await expect(embeddings.embedQuery("a")).rejects.toThrow("down");
    expect(await embeddings.embedQuery("a")).toEqual([1]);
    embeddings.configure({ failure: new Error("gone") });
    await expect(embeddings.embedQuery("a")).rejects.toThrow("gone");
    embeddings.configure({ failure: undefined });
    expect(await embeddings.embedQuery("a")).toEqual([1]);
  });
});

it("collectEvents keeps order and sorts by kind", () => {
  const { onEvent, events, ofKind, clear, ...rest } = collectEvents();
  const seen = { onEvent, events, ...rest };
  seen.onEvent({ id: "1", strategy: "s", kind: "notice", reason: "timeout" });
  seen.onEvent({ id: "2", strategy: "s", kind: "avoided", reason: "hit" });
  expect(ofKind("avoided").map(({ id }) => id)).toEqual(["2"]);
  expect(events).toHaveLength(2);
  clear();
  expect(events).toHaveLength(0);
});

describe("recordedUsages", () => {
  it.each(recordedUsages)("$name is consistent", (recorded) => {
    const { metadata, expected } = recorded;
    expect(metadata.total_tokens).toBe(metadata.input_tokens + metadata.output_tokens);
    expect(expected.inputTokens).toBe(metadata.input_tokens);
    expect(expected.outputTokens).toBe(metadata.output_tokens);
    expect((expected.cacheReadTokens ?? 0) + (expected.cacheWriteTokens ?? 0)).toBeLessThanOrEqual(expected.inputTokens);
    const message = messageWithUsage(recorded);
    expect(message.usage_metadata).toEqual(metadata);
    expect(message.usage_metadata).not.toBe(metadata);
  });
});

it("redisUrl takes an empty variable for none", () => {
  vi.stubEnv("REDIS_URL", "");
  expect(redisUrl()).toBeUndefined();
  vi.stubEnv("REDIS_URL", "redis://127.0.0.1:6379");
  expect(redisUrl()).toBe("redis://127.0.0.1:6379");
  vi.unstubAllEnvs();
});
