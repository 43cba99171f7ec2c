import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import type { CandidateCapabilities } from "../candidate.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import type { ModelRouterOptions } from "../model-router-options.ts";
import { NoCandidateError } from "../no-candidate-error.ts";
import type { RoutingPolicy } from "../routing-policy.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const router = (options: Partial<ModelRouterOptions> = {}): ModelRouter =>
  createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false, ...options });
/** The cheap one without a capability. */
const lacking = (capabilities: CandidateCapabilities): Partial<ModelRouterOptions> => {
  const [cheap, strong] = twoModels(server);
  return { candidates: [{ ...cheap!, capabilities }, strong!], includeDecision: true };
};
const weather = tool(async () => "sunny", { name: "weather", description: "Weather.", schema: z.object({ city: z.string() }) });
const image = new HumanMessage({ content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }] });

describe("capability filter", () => {
  it.each([
    ["tools", { tools: false }, "no-tools", (model: ModelRouter) => model.bindTools([weather]).invoke("easy")],
    [
      "an image anywhere in the history",
      { vision: false },
      "no-vision",
      (model: ModelRouter) => model.invoke([image, new HumanMessage("easy")]),
    ],
    [
      "more context",
      { maxInputTokens: 100 },
      "context-too-small",
      (model: ModelRouter) => model.invoke([new SystemMessage("word ".repeat(200)), new HumanMessage("easy")]),
    ],
    [
      "room for its output",
      { maxInputTokens: 1000 },
      "context-too-small",
      (model: ModelRouter) => model.withConfig({ max_tokens: 2000 }).invoke("easy"),
    ],
  ])(
    "leaves out a candidate where a request needs %s, takes the next stronger one, and says so",
    async (_what, capabilities, excluded, ask) => {
      const mark = routingMark(await ask(router(lacking(capabilities))))!;
      expect(mark).toMatchObject({ model: "strong", reason: "word; cheap cannot serve it" });
      expect(mark.considered).toEqual([
        expect.objectContaining({ model: "cheap", excluded }),
        expect.not.objectContaining({ excluded: expect.anything() }),
      ]);
    },
  );

  it("leaves out a candidate that can give structured output neither way", async () => {
    server.reply({ answer: { json: { a: "x" } } });
    const model = router(lacking({ structuredOutput: false, tools: false }));
    const { raw } = await model.withStructuredOutput(z.object({ a: z.string() }), { includeRaw: true }).invoke("easy");
    expect(routingMark(raw)?.considered?.[0]).toMatchObject({ model: "cheap", excluded: "no-structured-output" });
  });

  it("throws with every candidate's reason when nobody is left, and asks nobody", async () => {
    const candidates = twoModels(server).map((candidate) => ({ ...candidate, capabilities: { vision: false } }));
    const error: unknown = await router({ candidates })
      .invoke([image])
      .catch((caught: unknown) => caught);
    expect(NoCandidateError.isInstance(error)).toBe(true);
    expect((error as NoCandidateError).excluded).toEqual({ cheap: "no-vision", strong: "no-vision" });
    expect(server.journal).toHaveLength(0);
  });
});

describe("policy", () => {
  const never: RoutingPolicy = { name: "never", decide: () => new Promise(() => undefined) };
  const broken = (fail: () => never): RoutingPolicy => ({ name: "broken", decide: fail });

  it.each([
    ["is slow", never, "policy-timeout"],
    [
      "throws",
      broken(() => {
        throw new Error("bug");
      }),
      "policy-failed",
    ],
    ["rejects", { name: "rejects", decide: () => Promise.reject(new Error("down")) }, "policy-failed"],
    ["names nobody that it may", { name: "lost", decide: () => ({ kind: "pick", model: "nobody", reason: "r" }) }, "policy-unknown-model"],
  ] as [string, RoutingPolicy, string][])(
    "that %s leaves it to the default, counted and warned about once",
    async (_what, policy, reason) => {
      const warnings: string[] = [];
      const model = router({ policy, decideTimeoutMs: 30, default: "cheap", logger: { warn: (message) => void warnings.push(message) } });
      for (let call = 0; call < 3; call += 1) expect(routingMark(await model.invoke("x"))).toMatchObject({ model: "cheap", reason });
      expect(model.failures).toEqual({ [reason]: 3 });
      expect(warnings.filter((message) => message.includes(reason))).toHaveLength(1);
    },
  );

  it("shows on what evidence it abstained", async () => {
    const policy: RoutingPolicy = {
      name: "unsure",
      decide: () => ({ kind: "abstain", reason: "unsure", score: 0.2, threshold: 0.5, signals: { words: 3 }, quality: { cheap: 0.4 } }),
    };
    const decision = await router({ policy }).explain("x");
    expect(decision).toMatchObject({
      model: "strong",
      policy: "unsure",
      reason: "abstained: unsure",
      score: 0.2,
      threshold: 0.5,
      signals: { words: 3 },
    });
    expect(decision.considered).toEqual([
      { model: "cheap", quality: 0.4, nanoUsd: expect.any(Number) },
      { model: "strong", nanoUsd: expect.any(Number) },
    ]);
  });

  it("tells the policy who really answered", async () => {
    const told: [string, string][] = [];
    const policy: RoutingPolicy = { ...byWord, onDecision: (id, _context, model) => void told.push([id, model]) };
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 500 } });
    const model = router({ policy });
    const first = routingMark(await model.invoke("easy"))!;
    const second = routingMark(await model.invoke("easy"))!;
    expect(told).toEqual([
      [first.id, "strong"],
      [second.id, "cheap"],
    ]);
  });

  it("answers although the policy's listener fails", async () => {
    const policy: RoutingPolicy = { ...byWord, onDecision: () => Promise.reject(new Error("listener")) };
    const model = router({ policy });
    expect(routingMark(await model.invoke("easy"))?.model).toBe("cheap");
    expect(model.failures).toEqual({ "policy-feedback-failed": 1 });
  });
});

describe("per call", () => {
  it("forces a candidate, but not one that cannot serve the request", async () => {
    const configurable = { forceModel: "strong" };
    expect(routingMark(await router().invoke("easy", { configurable }))).toMatchObject({ model: "strong", policy: "forced" });
    const model = router(lacking({ vision: false }));
    const answer = await model.invoke([image, new HumanMessage("easy")], { configurable: { forceModel: "cheap" } });
    expect(routingMark(answer)?.model).toBe("strong");
    expect(model.failures).toEqual({ "force-model-unavailable": 1 });
  });

  it("takes a hint where the policy abstains", async () => {
    const policy: RoutingPolicy = { name: "unsure", decide: () => ({ kind: "abstain", reason: "unsure" }) };
    const configurable = { routeHint: "cheap" };
    expect(routingMark(await router({ policy }).invoke("x", { configurable }))).toMatchObject({ model: "cheap", policy: "hint" });
    expect(routingMark(await router().invoke("hard", { configurable }))?.model).toBe("strong");
  });
});

describe("options", () => {
  it.each([
    [{ candidates: [] }, "candidates"],
    [{ default: "nobody" }, "nobody"],
    [{ decideTimeoutMs: 0 }, "decideTimeoutMs"],
    [{ fallback: { order: ["nobody"] } }, "fallback.order"],
    [{ breaker: { failureRate: 1 } }, "failureRate"],
    [{ policy: { ...byWord, models: ["cheap", "nobody"] } }, "nobody"],
  ] as [Partial<ModelRouterOptions>, string][])("refuses %o at construction", (options, message) => {
    expect(() => router(options)).toThrow(message);
  });

  it("refuses a policy that weighs cost where a price is unknown, and names the candidate", () => {
    const candidates = [...twoModels(server), { name: "house", model: clientOf(server, "house-model") }];
    expect(() => router({ candidates, policy: { ...byWord, needsPrices: true } })).toThrow('"house"');
  });

  it("warns of candidates whose own retries would hold a request", () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    router({ candidates: twoModels(server, { maxRetries: 6 }), logger });
    expect(warnings).toEqual([expect.stringContaining('"cheap", "strong" retry by themselves')]);
    router({ candidates: twoModels(server, { maxRetries: 1 }), logger });
    router({ candidates: twoModels(server, { maxRetries: 6 }), fallback: false, logger });
    expect(warnings).toHaveLength(1);
  });
});
