import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { afterAll, describe, expect, it } from "vitest";
import { syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { twoModels } from "../__fixtures__/two-models.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import { trainRouter } from "../offline/train-router.ts";
import { compose } from "../policies/compose.ts";
import { heuristicPolicy } from "../policies/heuristic-policy.ts";
import { prototypePolicy } from "../policies/prototype-policy.ts";
import { thresholdPolicy, trainedPolicy } from "../policies/trained-policy.ts";
import type { RoutingPolicy } from "../routing-policy.ts";

const server = await startModelServer();
afterAll(() => server.close());

const artifact = (kind: "linear" | "knn" | "cluster") => trainRouter(syntheticRows(200), { kind });
const named = { weak: "weak", strong: "strong" };
const [cheap, dear] = twoModels(server);
const router = (policy: RoutingPolicy): ModelRouter =>
  createModelRouter({
    candidates: [
      { ...cheap!, name: "weak" },
      { ...dear!, name: "strong" },
    ],
    policy,
    logger: false,
  });
const routes = [
  { use: "weak", name: "hours", utterances: ["When do you open?", "Are you open on Sunday?", "When do you close today?"] },
  {
    use: "strong",
    name: "contracts",
    utterances: ["Review this clause.", "Who is liable under this clause?", "Is the liability clause valid?"],
  },
];

describe("a question unlike anything that a policy has seen", () => {
  it.each([
    ["linear", trainedPolicy(artifact("linear"))],
    ["knn", trainedPolicy(artifact("knn"))],
    ["cluster", trainedPolicy(artifact("cluster"))],
    ["threshold", thresholdPolicy(artifact("linear"), { ...named, threshold: 0.1 })],
    ["prototype", prototypePolicy({ routes })],
  ] as [string, RoutingPolicy][])("%s: goes to the default, the strong model, and the decision says why", async (_name, policy) => {
    for (const task of [
      "Quarterly churn dropped although marketing spending doubled everywhere.",
      "東京の天気を教えてください。",
      "?!? -- ***",
    ]) {
      const mark = routingMark(await router(policy).invoke(task))!;
      expect(mark.model).toBe("strong");
      expect(mark.reason).toMatch(/^abstained: /);
    }
  });

  it("goes to the next policy of a compose", async () => {
    const policy = compose(trainedPolicy(artifact("linear")), heuristicPolicy());
    expect(await router(policy).explain("Hello there!")).toMatchObject({ model: "weak", reason: "heuristic: greeting" });
    expect((await router(policy).explain("Tell me about the theorem and the proof of case 3.")).reason).toContain("linear: ");
  });
});

describe("a request written a little differently", () => {
  const rewritings: ((text: string) => string)[] = [
    (text) => `  ${text}\n`,
    (text) => text.replaceAll(" ", "  "),
    (text) => text.toLowerCase(),
    (text) => text.replace(/[.?]$/, ""),
  ];
  it.each([
    ["heuristic", heuristicPolicy(), ["Hello.", "What is the capital of France?", "Analyze this legal contract for liability risks."]],
    [
      "prototype",
      prototypePolicy({ routes }),
      ["When do you open on Monday?", "Is this liability clause valid?", "Write a poem about rain."],
    ],
    [
      "trained",
      trainedPolicy(artifact("linear")),
      ["Tell me about the capital and the weather of case 7.", "Tell me about the theorem and the proof of case 7."],
    ],
  ] as [string, RoutingPolicy, string[]][])("%s: is answered by the same model", async (_name, policy, tasks) => {
    const model = router(policy);
    for (const task of tasks) {
      const { model: plain } = await model.explain(task);
      for (const rewrite of rewritings) expect([rewrite(task), (await model.explain(rewrite(task))).model]).toEqual([rewrite(task), plain]);
    }
  });
});
