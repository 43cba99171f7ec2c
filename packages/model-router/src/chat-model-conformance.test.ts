import { type ClientFactory, chatModelSuite } from "@langthrift/test-helpers/chat-model-suite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CascadeModel } from "./cascade/cascade-model.ts";
import { ModelRouter } from "./model-router.ts";

const runner = { test: it, expect, beforeAll, beforeEach, afterAll };

const candidates = (client: ClientFactory) => [
  { name: "cheap", model: client({ model: "gpt-4o-mini" }), tier: 1 },
  { name: "strong", model: client({ model: "gpt-4o" }), tier: 2 },
];

describe("ModelRouter", () => {
  const policy = { name: "always", decide: () => ({ kind: "pick", model: "cheap", reason: "test" }) as const };
  chatModelSuite({
    ...runner,
    create: (client) => new ModelRouter({ candidates: candidates(client), default: "strong", policy, logger: false }),
  });
});

function cascade(client: ClientFactory, verdict: number): CascadeModel {
  const [cheap, strong] = candidates(client) as [ReturnType<typeof candidates>[0], ReturnType<typeof candidates>[0]];
  const accept = { name: "always", score: () => ({ score: verdict }) };
  return new CascadeModel({ steps: [{ candidate: cheap, accept, threshold: 0.5 }], final: strong, logger: false });
}

describe("CascadeModel whose draft is accepted", () => {
  chatModelSuite({ ...runner, streamsInParts: false, create: (client) => cascade(client, 1) });
});

describe("CascadeModel whose prefilter goes straight to the final model", () => {
  chatModelSuite({
    ...runner,
    create: (client) => {
      const [cheap, strong] = candidates(client) as [ReturnType<typeof candidates>[0], ReturnType<typeof candidates>[0]];
      const prefilter = { name: "always", decide: () => ({ kind: "pick", model: "strong", reason: "test" }) as const };
      const accept = { name: "never", score: () => ({ score: 0 }) };
      return new CascadeModel({ steps: [{ candidate: cheap, accept, threshold: 0.5 }], final: strong, prefilter, logger: false });
    },
  });
});
