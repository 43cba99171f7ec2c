import { HumanMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { thresholdPolicy, trainedPolicy } from "../policies/trained-policy.ts";
import { createRouteContext } from "../route-context.ts";
import type { CandidateView } from "../routing-policy.ts";
import { loadRouter } from "./load-router.ts";
import { trainRouter } from "./train-router.ts";

const rows = syntheticRows(200);
const artifact = trainRouter(rows);
const candidates: CandidateView[] = ["weak", "strong"].map((name, tier) => ({
  name,
  tier,
  capabilities: {} as never,
  priceOf: () => null,
}));
const decide = (policy: ReturnType<typeof trainedPolicy>, text: string) =>
  policy.decide(createRouteContext({ messages: [new HumanMessage(text)] }), candidates);

describe("a text unlike the training", () => {
  it.each([
    ["another language", "Расскажи мне о столице и погоде, пожалуйста."],
    ["a script without spaces", "東京の天気を教えてください。"],
    ["another subject", "Quarterly churn dropped although marketing spending doubled everywhere."],
    ["nothing but symbols", "?!? -- ***"],
  ])("%s: abstains", (_what, text) => {
    expect(loadRouter(artifact).predict(text).unfamiliar).toBe(true);
    for (const policy of [
      trainedPolicy(artifact, { lambda: 0 }),
      thresholdPolicy(artifact, { weak: "weak", strong: "strong", threshold: 0.1 }),
    ])
      expect(decide(policy, text)).toEqual({ kind: "abstain", reason: "unlike what the router was trained on" });
    expect(decide(trainedPolicy(artifact, { lambda: 0, abstainUnfamiliar: false }), text)).toMatchObject({ kind: "pick" });
  });

  it("texts of the same traffic are judged, with new numbers and one new word too", () => {
    const policy = trainedPolicy(artifact);
    for (const text of [
      ...syntheticRows(100, { seed: 9 }).map(({ prompt }) => prompt),
      "Tell me about the capital and the harbour of case 12.",
    ])
      expect(decide(policy, text)).toMatchObject({ kind: "pick" });
  });
});
