import { nanoUsd, routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { clientOf } from "../__fixtures__/two-models.ts";
import { createModelRouter } from "../model-router.ts";
import type { FallbackOptions } from "../model-router-options.ts";
import { afterFailure, fallbackChain } from "./fallback-chain.ts";
import type { ProviderErrorKind } from "./provider-error.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

/** Weakest first; b and c are of one tier. */
const candidates = [
  { name: "a", model: "gpt-4.1-nano", tier: 0, maxInputTokens: 8_000 },
  { name: "b", model: "gpt-4o-mini", tier: 1, maxInputTokens: 16_000 },
  { name: "c", model: "gpt-4.1-mini", tier: 1, maxInputTokens: 200_000 },
  { name: "d", model: "gpt-4o", tier: 2, maxInputTokens: 32_000 },
];
const router = (fallback: false | FallbackOptions, picks = "b") =>
  createModelRouter({
    candidates: candidates.map(({ name, model, tier, maxInputTokens }) => ({
      name,
      model: clientOf(server, model),
      tier,
      price: { inputUsdPerMillion: 1 + tier, outputUsdPerMillion: 2 },
      capabilities: { maxInputTokens },
    })),
    policy: { name: "fixed", decide: () => ({ kind: "pick", model: picks, reason: "fixed" }) },
    fallback,
    logger: false,
  });
const asked = () => server.journal.map(({ request }) => candidates.find(({ model }) => model === request.model)!.name).join("");

describe("fallback", () => {
  it.each([
    ["the next stronger one, then weaker ones", {}, { status: 500 }, "bcda"],
    ["cheaper ones first", { order: "cheaper-first" }, { status: 500 }, "bacd"],
    ["only those that are named", { order: ["d", "a"] }, { status: 500 }, "bda"],
    ["no more than maxAttempts", { maxAttempts: 2 }, { status: 500 }, "bc"],
    ["the same tier on a rate limit", { order: "cheaper-first" }, { status: 429 }, "bcad"],
    ["another one on a content policy", {}, { status: 400, error: { code: "content_filter", message: "filtered" } }, "bcda"],
  ] as [string, FallbackOptions, object, string][])("asks %s", async (_what, fallback, answer, order) => {
    server.reply({ answer });
    await expect(router(fallback).invoke("x")).rejects.toThrow();
    expect(asked()).toBe(order);
  });

  it("asks the largest context first when this one's is exceeded", async () => {
    const error = { code: "context_length_exceeded", message: "This model's maximum context length is exceeded." };
    server.reply({ answer: { status: 400, error } });
    await expect(router({}, "a").invoke("x")).rejects.toThrow();
    expect(asked()).toBe("acdb");
  });

  it("follows the chain of the model that was chosen, not of the router, and marks who answered", async () => {
    server.reply({ model: "gpt-4o", answer: { status: 500 } });
    expect(routingMark(await router({}, "d").invoke("x"))).toMatchObject({
      model: "c",
      fallbackFrom: ["d"],
      reason: "fallback after fixed",
    });
  });

  it("stops at an error that `on` says nobody can mend", async () => {
    server.reply({ answer: { status: 400, error: { message: "bad request" } } });
    const on = (error: unknown) => (error as { status?: number }).status !== 400;
    await expect(router({ on }).invoke("x")).rejects.toMatchObject({ status: 400 });
    expect(asked()).toBe("b");
  });
});

describe("fallbackChain", () => {
  const resolved = candidates.map(({ name, tier, maxInputTokens }, rank): ResolvedCandidate => ({
    name,
    tier,
    rank,
    capabilities: { maxInputTokens },
    maxRpm: undefined,
    modelId: name,
    provider: undefined,
    lazy: false,
    priceOf: () => nanoUsd(1),
    load: () => Promise.reject(new Error("not called")),
  }));

  it("asks each of the others once, in whatever order the failures come", () => {
    const kinds: ProviderErrorKind[] = ["rate-limit", "quota", "server", "context-overflow", "content-policy", "other"];
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.constantFrom("cheaper-first" as const, "stronger-first" as const),
        fc.array(fc.constantFrom(...kinds), { minLength: 4, maxLength: 4 }),
        (at, order, errors) => {
          let current = resolved[at]!;
          let rest = fallbackChain(current, resolved, order);
          const met = [current.name];
          for (const kind of errors) {
            rest = afterFailure(current, rest, { kind });
            const next = rest.shift();
            if (!next) break;
            met.push((current = next).name);
          }
          expect(met.toSorted()).toEqual(["a", "b", "c", "d"]);
        },
      ),
      { seed: 5 },
    );
  });
});
