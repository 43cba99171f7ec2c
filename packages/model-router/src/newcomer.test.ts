import { InvalidOptionError } from "@langthrift/core";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { describe, expect, it } from "vitest";
import { createCascade } from "./cascade/cascade-model.ts";
import { cascadeMiddleware, modelRouterMiddleware } from "./middleware.ts";
import { createModelRouter } from "./model-router.ts";
import { banditPolicy } from "./policies/bandit-policy.ts";
import { compose } from "./policies/compose.ts";
import { heuristicPolicy } from "./policies/heuristic-policy.ts";
import { prototypePolicy } from "./policies/prototype-policy.ts";
import { routeLlmPolicy } from "./policies/route-llm-policy.ts";
import { redisRouterStore } from "./redis.ts";

const model = new FakeListChatModel({ responses: ["x"] });
const candidates = [
  { name: "cheap", model },
  { name: "strong", model },
];
const scorer = { name: "s", score: () => null };

// What JavaScript lets through and TypeScript would not.
describe("a mistake at construction is an InvalidOptionError that says what to do", () => {
  it.each([
    ["no candidates", () => createModelRouter({} as never), "at least one model"],
    ["a candidate without a model", () => createModelRouter({ candidates: [{ name: "a" }] as never }), 'The `model` of "a" is undefined'],
    ["a name for a model", () => createModelRouter({ candidates: [{ name: "a", model: "openai:gpt-4o" }] as never }), "agent middleware"],
    ["two candidates of one name", () => createModelRouter({ candidates: [candidates[0]!, candidates[0]!] }), "Two candidates"],
    ["a factory that was not called", () => createModelRouter({ candidates, policy: heuristicPolicy as never }), "parentheses"],
    ["a composition of nothing", () => compose(), "at least one"],
    ["a composition of factories", () => compose(heuristicPolicy as never), "parentheses"],
    ["no routes", () => prototypePolicy({} as never), "routes"],
    ["a route without utterances", () => prototypePolicy({ routes: [{ use: "cheap" }] as never }), "utterances"],
    ["a bandit without models", () => banditPolicy({} as never), "models"],
    ["a path for a checkpoint", () => routeLlmPolicy({ checkpoint: "model.safetensors" } as never), "readFile"],
    ["no steps", () => createCascade({ final: candidates[1]! } as never), "steps"],
    [
      "no scorer",
      () => createCascade({ steps: [{ candidate: candidates[0]!, threshold: 0.5 }], final: candidates[1]! } as never),
      "no scorer",
    ],
    [
      "a threshold in percent",
      () => createCascade({ steps: [{ candidate: candidates[0]!, accept: scorer, threshold: 50 }], final: candidates[1]! }),
      "from 0 to 1",
    ],
    ["an empty prefix", () => redisRouterStore({} as never, { prefix: "" }), "prefix"],
    ["a middleware without candidates", () => modelRouterMiddleware({ candidates: [] }), "at least one model"],
    ["a middleware without options", () => modelRouterMiddleware({} as never), "at least one model"],
    ["a cascade middleware without options", () => cascadeMiddleware({ final: candidates[1]! } as never), "steps"],
    ["a cascade middleware without steps", () => cascadeMiddleware({ steps: [], final: candidates[1]! }), "steps"],
  ] as [string, () => unknown, string][])("%s", (_what, make, message) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect((error as Error | undefined)?.message).toContain(message);
    expect(InvalidOptionError.isInstance(error)).toBe(true);
  });
});
