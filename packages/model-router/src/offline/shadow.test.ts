import { startModelServer } from "@langthrift/model-server";
import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { createModelRouter } from "../model-router.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { blindJudge, type ShadowJudge } from "./shadow-judge.ts";
import { ShadowRecorder, type ShadowOptions } from "./shadow-recorder.ts";
import { shadowReport } from "./shadow-report.ts";
import { parseShadowRow, type ShadowRow } from "./shadow-row.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reply({ model: "gpt-4o-mini", answer: "short" }));
beforeEach(() => server.reply({ model: "gpt-4o", answer: "thorough" }));
afterEach(() => server.reset());

const judge: ShadowJudge = async ({ answers }) =>
  Object.fromEntries(Object.entries(answers).map(([model, text]) => [model, text === "thorough" ? 1 : 0.25]));

function recorder(options: Partial<ShadowOptions> = {}) {
  const rows: ShadowRow[] = [];
  let id = 0;
  const shadow = new ShadowRecorder({
    candidates: twoModels(server),
    judge,
    onRow: (row) => void rows.push(row),
    sampleRate: 1,
    limitUsd: 1,
    logger: false,
    newId: () => `row-${(id += 1)}`,
    ...options,
  });
  return { shadow, rows };
}
const asked = (model: string) => server.journal.filter(({ request }) => request.model === model).length;

describe("shadow mode", () => {
  it("writes a row that can be learnt from: both answers judged, both costs, what the policies would have done", async () => {
    const silent: RoutingPolicy = { name: "silent", decide: () => ({ kind: "abstain", reason: "no evidence" }) };
    const { shadow, rows } = recorder({ policies: [byWord, silent] });
    const answer = await clientOf(server, "gpt-4o").invoke("A simple thing", { callbacks: [shadow] });
    expect(answer.text).toBe("thorough");
    await shadow.idle();
    expect(rows).toEqual([
      {
        id: "row-1",
        prompt: "A simple thing",
        scores: { cheap: 0.25, strong: 1 },
        costUsd: { cheap: expect.any(Number), strong: expect.any(Number) },
        served: "strong",
        decisions: { "by-word": "cheap", silent: null },
      },
    ]);
    expect(rows[0]!.costUsd!["strong"]!).toBeGreaterThan(5 * rows[0]!.costUsd!["cheap"]!);
    expect(parseShadowRow(JSON.stringify(rows[0]))).toEqual(rows[0]);
    expect(shadow.stats).toEqual({ seen: 1, sampled: 1, written: 1, skipped: {}, spentUsd: rows[0]!.costUsd!["cheap"] });
  });

  it("works under a router and a stream, and asks only the model that did not answer", async () => {
    const { shadow, rows } = recorder({ keepResponses: true });
    const router = createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false });
    let text = "";
    for await (const chunk of await router.stream("a hard question", { callbacks: [shadow] })) text += chunk.text;
    await shadow.idle();
    expect(text).toBe("thorough");
    expect(rows).toMatchObject([{ served: "strong", responses: { cheap: "short", strong: "thorough" } }]);
    expect([asked("gpt-4o"), asked("gpt-4o-mini")]).toEqual([1, 1]);
  });

  it("does not hold the answer back: it is out while the others are still asked", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { shadow, rows } = recorder({ judge: async (comparison) => (await gate, judge(comparison)) });
    await clientOf(server, "gpt-4o").invoke("one", { callbacks: [shadow] });
    await vi.waitFor(() => expect(asked("gpt-4o-mini")).toBe(1));
    expect(rows).toEqual([]);
    release();
    await shadow.idle();
    expect(rows).toHaveLength(1);
  });

  it("samples by chance alone: the draw knows nothing of the request", async () => {
    const draws = [0.4, 0.6, 0.1, 0.9];
    const { shadow, rows } = recorder({ sampleRate: 0.5, random: () => draws.shift()! });
    for (const text of ["a", "b", "c", "d"]) await clientOf(server, "gpt-4o").invoke(text, { callbacks: [shadow] });
    await shadow.idle();
    expect(rows.map(({ prompt }) => prompt)).toEqual(["a", "c"]);
    expect(shadow.stats).toMatchObject({ seen: 4, sampled: 2 });
  });

  it("stops asking before the limit is passed", async () => {
    // 1,024 tokens at most are expected of an answer: $2.05e-3 at $2 a million.
    const { shadow, rows } = recorder({ limitUsd: 0.0021 });
    const model = clientOf(server, "gpt-4o");
    for (let call = 0; call < 12; call += 1) await model.invoke(`number ${call}`, { callbacks: [shadow] });
    await shadow.idle();
    expect(rows.length).toBeGreaterThan(0);
    expect(shadow.stats.spentUsd).toBeLessThanOrEqual(0.0021);
    expect(rows.length + (shadow.stats.skipped["budget"] ?? 0)).toBe(12);
  });

  it("counts what a model does not report as what was expected of it", async () => {
    server.reset();
    server.reply({ model: "gpt-4o-mini", answer: { text: "short", usage: "none" } });
    const { shadow, rows } = recorder();
    await clientOf(server, "gpt-4o").invoke("x", { callbacks: [shadow] });
    await shadow.idle();
    expect(rows[0]).not.toHaveProperty("costUsd");
    expect(shadow.stats.spentUsd).toBeGreaterThan(0.002);
  });

  it.each<[string, Partial<ShadowOptions>, string]>([
    ["a judge that throws", { judge: () => Promise.reject(new Error("sk-secret")) }, "shadow-failed"],
    ["a judge without a verdict", { judge: async () => null }, "no-verdict"],
    ["a judge out of range", { judge: async () => ({ cheap: 7, strong: 1 }) }, "no-verdict"],
    ["a policy that throws", { policies: [{ name: "broken", decide: () => { throw new Error("no"); } }] }, "shadow-failed"], // prettier-ignore
    ["rows that cannot be written", { onRow: () => Promise.reject(new Error("disk full")) }, "shadow-failed"],
    ["a judge that never ends", { judge: () => new Promise(() => undefined), timeoutMs: 50 }, "shadow-failed"],
  ])("%s costs the row, never the call", async (_what, options, reason) => {
    const { shadow, rows } = recorder(options);
    expect((await clientOf(server, "gpt-4o").invoke("x", { callbacks: [shadow] })).text).toBe("thorough");
    await shadow.idle();
    expect(rows).toEqual([]);
    expect(shadow.stats).toMatchObject({ written: 0, skipped: { [reason]: 1 } });
  });

  it("leaves out tools, tool loops, foreign models and its own calls", async () => {
    const { shadow, rows } = recorder();
    const strong = clientOf(server, "gpt-4o");
    const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } } as const;
    await strong.bindTools([tool]).invoke("x", { callbacks: [shadow] });
    const call = { name: "look", args: {}, id: "1" };
    await strong.invoke([new HumanMessage("x"), new AIMessage({ content: "", tool_calls: [call] }), new ToolMessage("y", "1")], {
      callbacks: [shadow],
    });
    expect(shadow.stats.seen).toBe(0);
    await clientOf(server, "gpt-5-foreign").invoke("x", { callbacks: [shadow] });
    const candidates = twoModels(server, { callbacks: [shadow] });
    const own = recorder({ candidates });
    await strong.invoke("x", { callbacks: [own.shadow] });
    await own.shadow.idle();
    await shadow.idle();
    expect(own.rows).toHaveLength(1);
    expect(rows).toEqual([]);
    expect(shadow.stats).toMatchObject({ seen: 1, sampled: 0, skipped: { "unknown-model": 1 } });
  });

  it("takes up many calls at once, one after the other, and leaves out what does not fit the queue", async () => {
    const { shadow, rows } = recorder({ maxWaiting: 5 });
    await Promise.all(Array.from({ length: 20 }, (_, at) => clientOf(server, "gpt-4o").invoke(`call ${at}`, { callbacks: [shadow] })));
    await shadow.idle();
    expect(rows.length + (shadow.stats.skipped["busy"] ?? 0)).toBe(20);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(new Set(rows.map(({ prompt }) => prompt)).size).toBe(rows.length);
  });

  it.each<[string, Partial<ShadowOptions>, string]>([
    ["a share above 1", { sampleRate: 2 }, "share from 0 to 1"],
    ["no money", { limitUsd: 0 }, "above 0"],
    ["no time", { timeoutMs: 0 }, "above 0"],
    ["five policies", { policies: Array.from({ length: 5 }, () => byWord) }, "at most 4"],
    ["one model", { candidates: twoModels(server).slice(1) }, "at least two"],
    [
      "models without a price",
      { candidates: ["a", "b"].map((name) => ({ name, model: clientOf(server, "of-no-catalogue") })) },
      'price of "a"',
    ],
  ])("refuses %s", (_what, options, message) => {
    expect(() => recorder(options)).toThrow(message);
  });
});

describe("blindJudge", () => {
  const grade = (first: string, second: string) => {
    const replies = [first, second];
    server.reply({ model: "judge", answer: () => replies.shift()! });
    return blindJudge({ model: clientOf(server, "judge") })({ task: "x", answers: { cheap: "A", strong: "B" }, config: {} });
  };

  it("asks in both orders without names, and takes the mean", async () => {
    // First place is liked by 2: 8 and 6 in one order, 8 and 6 in the other, by the answers' places.
    expect(await grade("8, 6", "8, 6")).toEqual({ cheap: 0.7, strong: 0.7 });
    const prompts = server.journal.map(({ request }) => request.messages.at(-1)!.text);
    expect(prompts.map((text) => (JSON.parse(text) as { answers: string[] }).answers).sort((a, b) => (a[0]! < b[0]! ? -1 : 1))).toEqual([
      ["A", "B"],
      ["B", "A"],
    ]);
    for (const text of prompts) expect(text).not.toMatch(/cheap|strong/);
  });

  it.each([
    ["8", "8, 6"],
    ["I cannot say", "8, 6"],
    ["80, 60", "8, 6"],
  ])("has no verdict on %s", async (first, second) => {
    expect(await grade(first, second)).toBeNull();
  });
});

describe("shadowReport", () => {
  const row = (id: number, cheap: number, decision: string | null): ShadowRow => ({
    id: String(id),
    prompt: "x",
    scores: { cheap, strong: 1 },
    costUsd: { cheap: 1, strong: 10 },
    served: "strong",
    decisions: { policy: decision },
  });

  it("by hand: abstaining keeps what was served", () => {
    // Two to the cheap one (once wrongly), one to the strong one, one abstention: 1 + 1 + 10 + 10 of 40, and 3 of 4 right.
    const rows = [row(1, 1, "cheap"), row(2, 0, "cheap"), row(3, 0, "strong"), row(4, 1, null)];
    const { outcomes, quality, served } = shadowReport(rows, { resamples: 200 });
    expect(served).toEqual({ strong: 4 });
    expect(quality).toBe(1);
    const [policy, cheap, strong] = outcomes;
    expect(policy).toMatchObject({ name: "policy", decided: 3, quality: 0.75, qualityDifference: -0.25 });
    expect(policy!.saving).toBeCloseTo(0.45, 9);
    expect(policy!.savingCi95![0]).toBeLessThan(0.45);
    expect(policy!.savingCi95![1]).toBeGreaterThan(0.45);
    expect(cheap).toMatchObject({ name: "always cheap", quality: 0.5 });
    expect(cheap!.saving).toBeCloseTo(0.9, 9);
    expect(strong).toMatchObject({ name: "always strong", saving: 0, qualityDifference: 0 });
  });

  it("without costs there is no saving; no rows are no error", () => {
    const { id, prompt, scores, served, decisions } = row(1, 1, "cheap");
    const rows = [{ id, prompt, scores, served, decisions }];
    expect(shadowReport(rows).outcomes[0]).not.toHaveProperty("saving");
    expect(shadowReport([])).toEqual({ rows: 0, served: {}, quality: 0, outcomes: [] });
  });

  it.each([
    ['{"prompt":"x","scores":{"a":1}}', "no `served` model"],
    ['{"prompt":"x","scores":{"a":1},"served":"b"}', "no `served` model"],
    ['{"prompt":"x","scores":{"a":1},"served":"a","decisions":[]}', "no object"],
    ["{", "is not JSON"],
  ])("%s %s", (line, problem) => {
    expect(parseShadowRow(line)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
