import { randomBytes } from "node:crypto";
import { InvalidOptionError, type SavingsEvent } from "@langthrift/core";
import { collectEvents, fakeClock, seededRandom } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { memoryFlightLock } from "./__fixtures__/memory-flight-lock.ts";
import { ASKED, OTHER, PARAPHRASE, plane, RELATED, testCache } from "./__fixtures__/questions.ts";
import { aesGcmCodec } from "./aes-gcm-codec.ts";
import type { CacheStore } from "./cache-store.ts";
import type { Guard } from "./guards/guard.ts";
import { thresholdPolicy } from "./policy/threshold-policy.ts";
import { verifiedPolicy } from "./policy/verified-policy.ts";
import { SemanticCache } from "./semantic-cache.ts";
import { memoryCacheStore } from "./stores/memory-cache-store.ts";

const refuseAll: Guard = { name: "never", check: () => "always refuses" };

/** A store of which single methods are replaced. */
function brokenStore(methods: Partial<CacheStore>): CacheStore {
  const store = memoryCacheStore();
  return {
    get: (id, now) => store.get(id, now),
    search: (query) => store.search(query),
    put: (entry) => store.put(entry),
    update: (id, patch) => store.update(id, patch),
    delete: (filter) => store.delete(filter),
    entries: (filter) => store.entries(filter),
    close: () => store.close(),
    ...methods,
  };
}

describe("lookup and store", () => {
  it("finds the same question exactly, without an embedding for the lookup", async () => {
    const embeddings = plane();
    const cache = testCache({ embeddings });
    await cache.store({ text: ASKED }, "Open settings.");
    const before = embeddings.calls;
    const decision = await cache.lookup({ text: `  ${ASKED.replaceAll(" ", "  ")}\n` });
    expect(decision).toMatchObject({ kind: "exact", reason: "hit:exact", response: { text: "Open settings." } });
    expect(embeddings.calls).toBe(before);
    expect((await cache.lookup({ text: ASKED.toUpperCase() })).kind).toBe("miss");
  });

  it("finds a paraphrase, and says how near a miss was", async () => {
    const cache = testCache();
    await cache.store({ text: ASKED }, "Open settings.");
    const hit = await cache.lookup({ text: PARAPHRASE });
    expect(hit).toMatchObject({ kind: "semantic", reason: "hit:semantic" });
    expect(hit.similarity).toBeCloseTo(Math.cos(Math.PI / 18), 5);
    const near = await cache.lookup({ text: RELATED });
    expect(near).toMatchObject({ kind: "miss", reason: "below-floor" });
    expect(near.similarity).toBeCloseTo(Math.cos((35 * Math.PI) / 180), 5);
    expect(await cache.lookup({ text: OTHER })).toMatchObject({ kind: "miss" });
  });

  it("embeds a text once for lookup and store", async () => {
    const embeddings = plane();
    const cache = testCache({ embeddings });
    await cache.lookup({ text: ASKED });
    await cache.store({ text: ASKED }, "Open settings.");
    await Promise.all([cache.lookup({ text: PARAPHRASE }), cache.lookup({ text: PARAPHRASE })]);
    expect(embeddings.texts).toEqual([ASKED, PARAPHRASE]);
  });

  it.each([
    { model: "b" },
    { system: "Be brief." },
    { params: { temperature: 1 } },
    { tools: [{ name: "t" }] },
    { toolChoice: "any" },
    { responseFormat: { type: "json" } },
    { attachments: ["hash"] },
    { context: [{ role: "human", content: "before" }] },
    { keyFields: { version: 2 } },
  ])("never crosses a difference in %o", async (difference) => {
    const cache = testCache();
    await cache.store({ text: ASKED, model: "a" }, "Open settings.");
    expect((await cache.lookup({ text: ASKED, model: "a", ...difference })).kind).toBe("miss");
    expect((await cache.lookup({ text: PARAPHRASE, model: "a", ...difference })).kind).toBe("miss");
    expect((await cache.lookup({ text: PARAPHRASE, model: "a" })).kind).toBe("semantic");
  });

  it("searches within a model: a nearer entry of another one does not hide it", async () => {
    const cache = testCache();
    await cache.store({ text: ASKED, model: "a" }, "of a");
    await cache.store({ text: PARAPHRASE, model: "b" }, "of b");
    expect((await cache.lookup({ text: PARAPHRASE, model: "a" })).response?.text).toBe("of a");
  });

  it("takes the next neighbour when the nearest has expired or is refused by a guard", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock });
    await cache.store({ text: ASKED }, "lasting", { ttlMs: 10_000 });
    await cache.store({ text: "nearest, short-lived" }, "gone", { ttlMs: 10 });
    clock.advance(100);
    expect((await cache.lookup({ text: PARAPHRASE })).response?.text).toBe("lasting");
    const noReset: Guard = { name: "reset", check: (_, b) => (b === PARAPHRASE ? "names another thing" : null) };
    const guarded = testCache({ guards: [noReset], policy: thresholdPolicy({ minSimilarity: 0.7 }) });
    await guarded.store({ text: PARAPHRASE }, "refused");
    await guarded.store({ text: RELATED }, "allowed");
    expect(await guarded.lookup({ text: ASKED })).toMatchObject({ kind: "semantic", response: { text: "allowed" } });
  });

  it("names the guard that refused", async () => {
    const cache = testCache({ guards: [refuseAll] });
    await cache.store({ text: ASKED }, "Open settings.");
    expect(await cache.lookup({ text: PARAPHRASE })).toMatchObject({ kind: "miss", reason: "guard:never" });
    expect((await cache.lookup({ text: ASKED })).kind).toBe("exact");
  });

  it("finds a question that is too long to embed exactly only", async () => {
    const embeddings = plane();
    const cache = testCache({ embeddings, maxQueryTokens: 10 });
    const long = "word ".repeat(60);
    await cache.store({ text: long }, "long answer");
    expect((await cache.lookup({ text: long })).kind).toBe("exact");
    expect(await cache.lookup({ text: `${long} more` })).toMatchObject({ kind: "miss", reason: "too-long" });
    expect(embeddings.calls).toBe(0);
  });

  it("takes a threshold of 0 for 0", async () => {
    const cache = testCache({ policy: thresholdPolicy({ minSimilarity: 0 }) });
    await cache.store({ text: ASKED }, "Open settings.");
    expect((await cache.lookup({ text: RELATED })).kind).toBe("semantic");
  });

  it("refuses a vector that is zero or not finite", async () => {
    const cache = testCache({ embeddings: { embedQuery: async () => [0, Number.NaN], embedDocuments: async () => [] } });
    expect(await cache.lookup({ text: ASKED })).toMatchObject({ kind: "miss", reason: "bad-vector" });
    await cache.store({ text: ASKED }, "kept exactly");
    expect((await cache.lookup({ text: ASKED })).kind).toBe("exact");
  });
});

describe("scopes", () => {
  it("separates two tenants and still serves each, both ways", async () => {
    const cache = testCache({ scope: (query) => query.scope });
    await cache.store({ text: ASKED, scope: "a" }, "answer of a");
    expect((await cache.lookup({ text: ASKED, scope: "b" })).kind).toBe("miss");
    expect((await cache.lookup({ text: PARAPHRASE, scope: "b" })).kind).toBe("miss");
    await cache.store({ text: ASKED, scope: "b" }, "answer of b");
    expect((await cache.lookup({ text: PARAPHRASE, scope: "a" })).response?.text).toBe("answer of a");
    expect((await cache.lookup({ text: PARAPHRASE, scope: "b" })).response?.text).toBe("answer of b");
    expect(await cache.lookup({ text: ASKED })).toMatchObject({ kind: "bypass", reason: "bypass:no-scope" });
  });

  it("bypasses when the scope cannot be found", async () => {
    const cache = testCache({
      scope: () => {
        throw new Error("no tenant");
      },
    });
    expect(await cache.lookup({ text: ASKED })).toMatchObject({ kind: "bypass", reason: "bypass:no-scope" });
    expect(await cache.store({ text: ASKED }, "never kept")).toBeNull();
  });

  it("has not one cross-tenant hit among 1,000 tenants with fuzzed names", async () => {
    const random = seededRandom(5);
    const letters = ["a", "b", " ", "|", ":", "\u0000", '"', "\\", "ü", "u\u0308", "{", ","];
    const tenants = new Set<string>();
    while (tenants.size < 1000)
      tenants.add(Array.from({ length: 1 + Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join(""));
    const cache = testCache({ scope: (query) => query.scope });
    const questions = [ASKED, RELATED, OTHER];
    for (const scope of tenants) await cache.store({ text: questions[Math.floor(random() * 3)] ?? ASKED, scope, model: "m" }, scope);
    let hits = 0;
    for (const scope of tenants) {
      for (const text of [...questions, PARAPHRASE]) {
        const { response } = await cache.lookup({ text, scope, model: "m" });
        if (!response) continue;
        hits += 1;
        expect(response.text).toBe(scope);
      }
    }
    expect(hits).toBeGreaterThanOrEqual(1000);
  });

  it("does not serve what a faulty store returns from another partition", async () => {
    const store = memoryCacheStore();
    const leaky = brokenStore({
      get: async () => {
        for await (const entry of store.entries()) return entry;
        return null;
      },
      search: async () => {
        const found = [];
        for await (const entry of store.entries()) found.push({ similarity: 1, entry });
        return found;
      },
      put: (entry) => store.put(entry),
    });
    const cache = testCache({ store: leaky, scope: (query) => query.scope });
    await cache.store({ text: ASKED, scope: "a" }, "secret of a");
    expect((await cache.lookup({ text: ASKED, scope: "b" })).kind).toBe("miss");
  });
});

describe("time", () => {
  it("lets an answer live for its time, however often it is served", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock, ttlMs: 1000 });
    await cache.store({ text: ASKED }, "Open settings.");
    for (let hit = 0; hit < 3; hit += 1) {
      clock.advance(300);
      expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("semantic");
      expect((await cache.lookup({ text: ASKED })).kind).toBe("exact");
    }
    clock.advance(101);
    expect((await cache.lookup({ text: ASKED })).kind).toBe("miss");
    expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("miss");
  });

  it("serves a stale answer while one call renews it", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock, ttlMs: 1000, staleWhileRevalidateMs: 1000 });
    let calls = 0;
    const produce = async (): Promise<string> => {
      calls += 1;
      return `answer ${calls}`;
    };
    expect(await cache.wrap({ text: ASKED }, produce)).toBe("answer 1");
    clock.advance(1500);
    expect(await Promise.all([1, 2, 3].map(() => cache.wrap({ text: ASKED }, produce)))).toEqual(["answer 1", "answer 1", "answer 1"]);
    await cache.idle();
    expect(calls).toBe(2);
    expect(await cache.wrap({ text: ASKED }, produce)).toBe("answer 2");
    expect(cache.stats()).toMatchObject({ refreshes: 1, kinds: { stale: 3 } });
    clock.advance(2001);
    expect(await cache.wrap({ text: ASKED }, produce)).toBe("answer 3");
  });

  it("replaces a stale neighbour instead of renewing it again and again", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock, ttlMs: 1000, staleWhileRevalidateMs: 10_000 });
    await cache.wrap({ text: ASKED }, async () => "old");
    clock.advance(1500);
    expect(await cache.wrap({ text: PARAPHRASE }, async () => "new")).toBe("old");
    await cache.idle();
    expect((await cache.lookup({ text: ASKED })).response?.text).toBe("new");
  });
});

describe("wrap", () => {
  it("shares one call among equal questions at the same time", async () => {
    const cache = testCache();
    let calls = 0;
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        cache.wrap({ text: ASKED }, async () => {
          calls += 1;
          await new Promise((resolve) => setTimeout(resolve, 10));
          return { steps: calls };
        }),
      ),
    );
    expect(calls).toBe(1);
    expect(answers).toEqual(Array.from({ length: 4 }, () => ({ steps: 1 })));
    expect(cache.stats().kinds).toMatchObject({ miss: 1, coalesced: 3 });
  });

  it("goes on for a follower when the leader aborts, and stops when the last one does", async () => {
    const cache = testCache();
    const leader = new AbortController();
    const follower = new AbortController();
    let calls = 0;
    let aborted = false;
    const produce = (signal: AbortSignal): Promise<string> => {
      calls += 1;
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason as Error);
        });
        setTimeout(() => resolve("made once"), 40);
      });
    };
    const first = cache.wrap({ text: ASKED }, produce, { signal: leader.signal });
    const second = cache.wrap({ text: ASKED }, produce, { signal: follower.signal });
    setTimeout(() => leader.abort(new Error("left")), 10);
    await expect(first).rejects.toThrow("left");
    expect(await second).toBe("made once");
    expect([calls, aborted]).toEqual([1, false]);
    const alone = new AbortController();
    const third = cache.wrap({ text: OTHER }, produce, { signal: alone.signal });
    setTimeout(() => alone.abort(new Error("gone")), 10);
    await expect(third).rejects.toThrow("gone");
    expect(aborted).toBe(true);
  });

  it("gives the leader's error to all, and keeps nothing", async () => {
    const cache = testCache();
    let calls = 0;
    const failing = async (): Promise<string> => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("provider is down");
    };
    const results = await Promise.allSettled([cache.wrap({ text: ASKED }, failing), cache.wrap({ text: ASKED }, failing)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(calls).toBe(1);
    expect((await cache.lookup({ text: ASKED })).kind).toBe("miss");
  });

  it("returns a value that JSON would change, but does not keep it", async () => {
    const cache = testCache();
    const value = new Map([["a", 1]]);
    expect(await cache.wrap({ text: ASKED }, async () => value)).toBe(value);
    expect((await cache.lookup({ text: ASKED })).kind).toBe("miss");
  });
});

describe("what is kept", () => {
  it.each([
    [{ text: "cut off", finishReason: "length" }, "truncated"],
    [{ text: "cut off", finishReason: "max_tokens" }, "truncated"],
    [{ text: "filtered", finishReason: "content_filter" }, "filtered"],
    [{ text: "no", refusal: true }, "refusal"],
    [{ text: "  " }, "empty"],
    [{ text: "", toolCalls: true }, "tool-calls"],
    [{ text: "again", fromCache: true }, "from-cache"],
  ] as const)("never keeps %o", async (response, reason) => {
    const cache = testCache();
    expect(await cache.store({ text: ASKED }, response)).toBeNull();
    expect(cache.stats().notStored).toEqual({ [reason]: 1 });
  });

  it("forgets by tag, scope, model, id and age, and not by a misspelt condition", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock, scope: (query) => query.scope });
    const id = await cache.store({ text: ASKED, scope: "a", model: "m" }, "1", { tags: ["doc-1", "doc-2"] });
    await cache.store({ text: OTHER, scope: "a", model: "n" }, "2");
    clock.advance(10);
    await cache.store({ text: ASKED, scope: "b", model: "m" }, "3", { tags: ["doc-2"] });
    await expect(cache.invalidate({ tag: "doc-1" } as never)).rejects.toThrow(InvalidOptionError);
    await expect(cache.invalidate({})).rejects.toThrow(InvalidOptionError);
    expect(await cache.invalidate({ tags: ["doc-1"], scope: "b" })).toBe(0);
    expect(await cache.invalidate({ ids: [id ?? ""] })).toBe(1);
    expect(await cache.invalidate({ olderThan: clock.now() })).toBe(1);
    expect(await cache.invalidate({ all: true })).toBe(1);
    expect((await cache.lookup({ text: ASKED, scope: "b", model: "m" })).kind).toBe("miss");
  });

  it("moves between caches, and stays out of one with another embedding", async () => {
    const cache = testCache();
    await cache.store({ text: ASKED }, "Open settings.", { tags: ["t"] });
    const exported = [];
    for await (const entry of cache.export()) exported.push(JSON.parse(JSON.stringify(entry)));
    const copy = testCache();
    // Not a number, in place of the vector.
    expect(await copy.import([...exported, { version: 9 }, { ...exported[0], vector: "AADAfw==" }])).toBe(1);
    expect((await copy.lookup({ text: PARAPHRASE })).response?.text).toBe("Open settings.");
    expect(await testCache({ embeddingId: "another" }).import(exported)).toBe(0);
  });

  it("encrypts what it keeps, reads older keys, and misses without the key", async () => {
    const [old, current] = [randomBytes(32), randomBytes(32)];
    const store = memoryCacheStore();
    await testCache({ store, codec: aesGcmCodec({ keys: { old }, currentKeyId: "old" }) }).store({ text: ASKED }, "my secret answer");
    for await (const entry of store.entries()) expect(JSON.stringify({ ...entry, vector: null })).not.toMatch(/secret|password/);
    const rotated = testCache({ store, codec: aesGcmCodec({ keys: { old, current }, currentKeyId: "current" }) });
    expect((await rotated.lookup({ text: PARAPHRASE })).response?.text).toBe("my secret answer");
    const without = testCache({ store, codec: aesGcmCodec({ keys: { current }, currentKeyId: "current" }) });
    expect(await without.lookup({ text: ASKED })).toMatchObject({ kind: "miss", reason: "unreadable" });
    expect((await without.lookup({ text: PARAPHRASE })).kind).toBe("miss");
  });
});

describe("failing safe", () => {
  it("misses within the limit when the store hangs, and leaves it alone after five failures", async () => {
    let calls = 0;
    const hang = (): Promise<never> => {
      calls += 1;
      return new Promise(() => undefined);
    };
    const cache = testCache({ store: brokenStore({ get: hang }), timeoutMs: 15 });
    const reasons = [];
    for (let request = 0; request < 7; request += 1) reasons.push((await cache.lookup({ text: ASKED })).reason);
    expect(reasons).toEqual(["timeout", "timeout", "timeout", "timeout", "timeout", "breaker-open", "breaker-open"]);
    expect(calls).toBe(5);
    expect(cache.stats().failures).toMatchObject({ "store-timeout": 5, "store-breaker-open": 2 });
  });

  it("answers without a store and without an embedding, and reports each once", async () => {
    const seen = collectEvents<SavingsEvent>();
    const down = async (): Promise<never> => {
      throw new Error("connection refused");
    };
    const cache = testCache({ store: brokenStore({ search: down, put: down }), onEvent: seen.onEvent });
    expect(await cache.wrap({ text: ASKED }, async () => "from the model")).toBe("from the model");
    expect(await cache.wrap({ text: OTHER }, async () => "again")).toBe("again");
    expect(seen.summary.filter((line) => line.startsWith("notice store-failed"))).toHaveLength(1);
    const embeddings = plane();
    embeddings.configure({ failure: new Error("quota") });
    const blind = testCache({ embeddings });
    expect(await blind.wrap({ text: ASKED }, async () => "from the model")).toBe("from the model");
    expect((await blind.lookup({ text: ASKED })).kind).toBe("exact");
  });

  it("does not wait for a model that is still loading, nor hold it against it", async () => {
    const embeddings = plane();
    embeddings.configure({ delayMs: 120 });
    const cache = testCache({ embeddings, timeoutMs: 20 });
    expect((await cache.lookup({ text: ASKED })).reason).toBe("timeout");
    for (let request = 0; request < 6; request += 1) expect((await cache.lookup({ text: OTHER })).reason).toBe("timeout");
    await cache.warmUp();
    embeddings.configure({ delayMs: 0 });
    expect((await cache.lookup({ text: RELATED })).reason).toBe("empty");
  });

  it("throws failures when asked to", async () => {
    const get = async (): Promise<never> => {
      throw new Error("connection refused");
    };
    await expect(testCache({ store: brokenStore({ get }), onError: "throw" }).lookup({ text: ASKED })).rejects.toThrow(
      "connection refused",
    );
  });

  it.each([
    [{ scope: "" }],
    [{ ttlMs: 0 }],
    [{ timeoutMs: Number.NaN }],
    [{ maxQueryTokens: -1 }],
    [{ mode: "on" }],
    [{ tools: "never" }],
    [{ embeddings: {} }],
  ])("rejects %o at construction", (options) => {
    expect(() => testCache(options as never)).toThrow(InvalidOptionError);
  });

  it("rejects a floor above the threshold", () => {
    expect(() => thresholdPolicy({ minSimilarity: 0.8, floor: 0.9 })).toThrow(/no higher than/);
  });

  it.each([-0.1, 1.1, Number.NaN])("rejects a threshold of %f", (minSimilarity) => {
    expect(() => thresholdPolicy({ minSimilarity })).toThrow(InvalidOptionError);
  });
});

describe("learning", () => {
  it("judges misses near the floor, and what tests the policy it learns from", async () => {
    const policy = verifiedPolicy({ floor: 0.9 });
    const cache = testCache({ policy });
    await cache.lookup({ text: ASKED });
    await cache.store({ text: ASKED }, "Open settings.");
    expect(await cache.lookup({ text: PARAPHRASE })).toMatchObject({ kind: "miss", reason: "learning" });
    await cache.store({ text: PARAPHRASE }, "open settings");
    await cache.idle();
    expect(cache.stats()).toMatchObject({ judged: { same: 1 }, policy: { labels: 1, phase: "learning" } });
    const entries = [];
    for await (const entry of cache.export()) entries.push(entry);
    expect(entries.flatMap(({ state }) => state.labels)).toMatchObject([{ correct: true, source: "miss" }]);
    expect(new Set(entries.map(({ record }) => record.group)).size).toBe(1);
  });

  it("sends the audited share to the model and counts it", async () => {
    const draws = [0.5, 0.005, 0.5];
    const cache = testCache({ policy: thresholdPolicy({ minSimilarity: 0.9, auditRate: 0.01 }), random: () => draws.shift() ?? 1 });
    await cache.store({ text: ASKED }, "Open settings.");
    const answers = [];
    for (let request = 0; request < 3; request += 1) answers.push(await cache.wrap({ text: PARAPHRASE }, async () => "Open settings!"));
    await cache.idle();
    expect(answers[1]).toBe("Open settings!");
    expect(cache.stats().policy.audit).toMatchObject({ audits: 1, wrong: 0 });
  });

  it("asks the judge only just under the bar, and misses when it fails, hesitates or is late", async () => {
    const asked: number[] = [];
    const verdicts: ("same" | "different" | "unsure" | "error")[] = ["same", "different", "unsure", "error"];
    const cache = testCache({
      policy: thresholdPolicy({ minSimilarity: 0.99 }),
      judge: async ({ similarity, answer }) => {
        if (answer !== undefined) return "unsure";
        asked.push(similarity);
        const verdict = verdicts.shift() ?? "unsure";
        if (verdict === "error") throw new Error("judge is down");
        return verdict;
      },
    });
    // A floor of 0.99 keeps candidates below it from the judge; the verified policy has a bar above its floor.
    await cache.store({ text: ASKED }, "Open settings.");
    expect((await cache.lookup({ text: PARAPHRASE })).reason).toBe("below-floor");
    expect(asked).toEqual([]);
    const bar = {
      ...thresholdPolicy({ minSimilarity: 0.5 }),
      decide: () => ({ serve: false, confidence: 0.96, bar: 0.98, reason: "learning" as const }),
    };
    const grey = testCache({ policy: bar, judge: cache.options.judge as never });
    await grey.store({ text: ASKED }, "Open settings.");
    const reasons = [];
    for (let request = 0; request < 4; request += 1) reasons.push((await grey.lookup({ text: PARAPHRASE })).reason);
    expect(reasons).toEqual(["hit:judge", "judge:different", "judge:unsure", "judge:failed"]);
    const far = testCache({
      policy: { ...bar, decide: () => ({ ...bar.decide(), confidence: 0.9 }) },
      judge: cache.options.judge as never,
    });
    await far.store({ text: ASKED }, "Open settings.");
    expect((await far.lookup({ text: PARAPHRASE })).reason).toBe("learning");
  });

  it("stops serving what was called bad, teaches the policy, and takes a fresh answer", async () => {
    const cache = testCache();
    await cache.store({ text: ASKED }, "wrong answer");
    const served = await cache.lookup({ text: PARAPHRASE });
    await cache.feedback(served.id, "bad");
    expect(await cache.lookup({ text: PARAPHRASE })).toMatchObject({ kind: "miss", reason: "blocked" });
    expect(await cache.lookup({ text: ASKED })).toMatchObject({ kind: "miss", reason: "blocked" });
    expect(cache.stats().policy.labels).toBe(1);
    await cache.store({ text: ASKED }, "right answer");
    expect((await cache.lookup({ text: PARAPHRASE })).response?.text).toBe("right answer");
    await expect(cache.feedback(served.id, "meh" as never)).rejects.toThrow(InvalidOptionError);
  });

  it("in shadow mode serves nothing and measures what it would have served", async () => {
    const cache = testCache({ mode: "shadow" });
    expect(await cache.wrap({ text: ASKED }, async () => "Open settings.")).toBe("Open settings.");
    expect(await cache.wrap({ text: PARAPHRASE }, async () => "Open the settings.")).toBe("Open the settings.");
    expect(await cache.wrap({ text: PARAPHRASE }, async () => "open settings")).toBe("open settings");
    await cache.idle();
    expect(cache.stats()).toMatchObject({ shadowHits: 2, kinds: { exact: 0, semantic: 0, miss: 3 } });
  });

  it("in shadow mode shares no call either", async () => {
    const cache = testCache({ mode: "shadow", flights: memoryFlightLock() });
    let calls = 0;
    const produce = async (): Promise<string> => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return `answer ${calls}`;
    };
    await Promise.all([cache.wrap({ text: ASKED }, produce), cache.wrap({ text: ASKED }, produce)]);
    await cache.wrap({ text: ASKED }, produce);
    expect(calls).toBe(3);
    expect(cache.stats().kinds.coalesced).toBe(0);
  });

  it("counts uses of an entry", async () => {
    const store = memoryCacheStore();
    const cache = testCache({ store });
    await cache.store({ text: ASKED }, "Open settings.");
    await cache.lookup({ text: ASKED });
    await cache.lookup({ text: PARAPHRASE });
    const state = new Promise<number>((resolve) => {
      const poll = async (): Promise<void> => {
        for await (const entry of store.entries()) if (entry.state.uses > 0) return resolve(entry.state.uses);
        setTimeout(() => void poll(), 50);
      };
      void poll();
    });
    expect(await state).toBe(2);
    await cache.close();
  });
});

describe("reports", () => {
  it("sends what was avoided on a hit, what was spent on a miss, and why nothing was done", async () => {
    const seen = collectEvents<SavingsEvent>();
    const cache = testCache({ onEvent: seen.onEvent, scope: (query) => query.scope });
    const usage = { inputTokens: 1000, outputTokens: 500 };
    await cache.lookup({ text: ASKED, scope: "a" });
    await cache.store(
      { text: ASKED, scope: "a" },
      { text: "Open settings.", usage, model: "gpt-4o-mini", provider: "openai", latencyMs: 800 },
    );
    const hit = await cache.lookup({ text: PARAPHRASE, scope: "a" });
    await cache.lookup({ text: ASKED });
    expect(seen.summary).toEqual(["overhead embedding", "avoided hit:semantic", "overhead embedding", "notice bypass:no-scope"]);
    const avoided = seen.ofKind("avoided")[0];
    // $0.15 and $0.60 per million tokens.
    expect(avoided).toMatchObject({ decisionId: hit.id, nanoUsd: 450_000, usage, model: "gpt-4o-mini", strategy: "semantic-cache" });
    expect(new Set(seen.events.map(({ id }) => id)).size).toBe(seen.events.length);
    expect(JSON.stringify(seen.events)).not.toContain("password");
    expect(cache.stats()).toMatchObject({ avoidedNanoUsd: 450_000, unknownPrices: 0, hitRate: 0.5 });
  });

  it("counts a hit of unknown price instead of taking it for 0", async () => {
    const cache = testCache();
    await cache.store({ text: ASKED }, "Open settings.");
    await cache.lookup({ text: ASKED });
    expect(cache.stats()).toMatchObject({ unknownPrices: 1, avoidedNanoUsd: 0 });
  });

  it("explains hits, near misses and keys that differ, within the scope only", async () => {
    const cache = testCache({ scope: (query) => query.scope, guards: [refuseAll] });
    await cache.store({ text: ASKED, scope: "a", model: "m", params: { temperature: 0 } }, "Open settings.");
    await cache.store({ text: ASKED, scope: "b", model: "m" }, "Of another tenant.");
    expect(await cache.explain({ text: ASKED, scope: "a", model: "m", params: { temperature: 0 } })).toMatchObject({ kind: "exact" });
    const refused = await cache.explain({ text: PARAPHRASE, scope: "a", model: "m", params: { temperature: 0 } });
    expect(refused).toMatchObject({
      kind: "miss",
      reason: "guard:never",
      neighbours: [{ question: ASKED, guard: "never: always refuses" }],
    });
    const differs = await cache.explain({ text: ASKED, scope: "a", model: "m", params: { temperature: 1 } });
    expect(differs).toMatchObject({ kind: "miss", reason: "empty", otherPartitions: [{ differsIn: ["params"] }] });
    expect(await cache.explain({ text: ASKED })).toMatchObject({ kind: "bypass", reason: "bypass:no-scope" });
    expect(cache.stats().lookups).toBe(0);
  });

  it("is off when it is off", async () => {
    const cache = testCache({ mode: "off" });
    expect(await cache.store({ text: ASKED }, "x")).toBeNull();
    expect(await cache.lookup({ text: ASKED })).toMatchObject({ kind: "bypass", reason: "bypass:off" });
  });
});

describe("context", () => {
  const context = [{ role: "human", content: "I am in Spain." }];

  it("bypasses later turns with first-turn-only", async () => {
    const cache = testCache({ context: "first-turn-only" });
    expect(await cache.lookup({ text: ASKED, context })).toMatchObject({ kind: "bypass", reason: "bypass:later-turn" });
  });

  it("condenses a later turn to a question that stands alone", async () => {
    const cache = testCache({ context: { condense: async () => ASKED } });
    await cache.store({ text: ASKED }, "Open settings.");
    expect((await cache.lookup({ text: "And how do I reset it?", context })).kind).toBe("exact");
    const failing = testCache({
      context: {
        condense: async () => {
          throw new Error("down");
        },
      },
    });
    expect(await failing.lookup({ text: ASKED, context })).toMatchObject({ kind: "bypass", reason: "bypass:condense-failed" });
  });
});

it("works with its defaults: standard guards and the verified policy", async () => {
  const cache = new SemanticCache({ embeddings: plane(), scope: "public" });
  await cache.store({ text: ASKED }, "Open settings.");
  expect((await cache.lookup({ text: ASKED })).kind).toBe("exact");
  expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("miss");
  await cache.close();
});
