import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { HumanMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRouteContext } from "../route-context.ts";
import type { CandidateView, PolicyResult } from "../routing-policy.ts";
import { bestCut } from "./best-cut.ts";
import { fitPrototypeRoutes } from "./fit-prototype-routes.ts";
import { prototypePolicy, type PrototypePolicyOptions } from "./prototype-policy.ts";

const eligible = ["cheap", "strong"].map((name, tier): CandidateView => ({ name, tier, capabilities: {}, priceOf: () => null }));

const routes = [
  {
    use: "cheap",
    name: "opening hours",
    utterances: [
      "What time do you open on Sunday?",
      "When does the shop close today?",
      "Are you open on public holidays?",
      "What are your opening hours?",
      "Is the shop open this evening?",
    ],
  },
  {
    use: "strong",
    name: "contracts",
    utterances: [
      "Analyse this contract for liability risks.",
      "Which clause of the lease limits our liability?",
      "Review the indemnity clause in this agreement.",
      "Does this contract allow early termination?",
      "Compare the liability clauses of both contracts.",
    ],
    negatives: ["Where do I sign the contract?"],
  },
];

async function decide(options: Partial<PrototypePolicyOptions>, task: string): Promise<PolicyResult> {
  const context = createRouteContext({ messages: [new HumanMessage(task)] });
  return prototypePolicy({ routes, ...options }).decide(context, eligible);
}

describe("prototypePolicy", () => {
  it.each([
    ["When do you open on Saturday?", "cheap", "opening hours"],
    ["Which liability clauses does the lease contain?", "strong", "contracts"],
  ])("sends %j where similar ones go, and says why", async (task, model, route) => {
    const result = await decide({}, task);
    expect(result).toMatchObject({ kind: "pick", model, reason: `like ${route}`, signals: { route } });
    expect(result.score).toBeGreaterThanOrEqual(result.threshold!);
    expect(result.threshold).toBeGreaterThan(0);
  });

  it.each(["Write a poem about autumn rain.", "今日は天気がいいですね", "def f(x): return x + 1", "zzz"])(
    "abstains on %j, which is like nothing it knows, and shows how far off it is",
    async (task) => {
      const result = await decide({}, task);
      expect(result.kind).toBe("abstain");
      expect(result.score).toBeLessThan(result.threshold!);
    },
  );

  it("abstains next to a negative", async () => {
    expect(await decide({}, "Where do I sign this contract?")).toMatchObject({
      kind: "abstain",
      reason: "next to a negative of contracts",
    });
  });

  it("abstains without a text", async () => {
    expect(await decide({}, "")).toMatchObject({ kind: "abstain" });
  });

  const plane = (text: string): number[] =>
    text.includes("contract") || text.includes("lease") || text.includes("agreement") ? [0, 2] : [3, 0];

  it("takes any embeddings, embeds the utterances once for all requests, and decides by meaning", async () => {
    const embeddings = scriptedEmbeddings((text) => (text === "Öffnungszeiten?" ? [5, 0.1] : plane(text)));
    const policy = prototypePolicy({ routes, embeddings });
    const context = createRouteContext({ messages: [new HumanMessage("Öffnungszeiten?")] });
    const [first, second] = await Promise.all([policy.decide(context, eligible), policy.decide(context, eligible)]);
    expect(first).toMatchObject({ kind: "pick", model: "cheap" });
    expect(second).toEqual(first);
    expect([embeddings.documentCalls, embeddings.queryCalls]).toEqual([1, 2]);
  });

  it("fails, so that the router's default answers, when the embeddings fail, and works again when they do", async () => {
    const embeddings = scriptedEmbeddings(plane, { failure: (call) => (call <= 2 ? new Error("down") : undefined) });
    const policy = prototypePolicy({ routes, embeddings });
    const context = createRouteContext({ messages: [new HumanMessage("When do you open?")] });
    await expect(policy.decide(context, eligible)).rejects.toThrow("down");
    expect(await policy.decide(context, eligible)).toMatchObject({ kind: "pick", model: "cheap" });
  });

  it.each([
    ["another length", (text: string) => (text === "x" ? [1, 2, 3] : plane(text))],
    ["no numbers", (text: string) => (text === "x" ? [Number.NaN, 1] : plane(text))],
  ])("fails on vectors of %s instead of routing at random", async (_what, vectors) => {
    await expect(decide({ embeddings: scriptedEmbeddings(vectors) }, "x")).rejects.toThrow("embeddings");
  });

  it.each(["mean", "max", "sum"] as const)("combines the nearest by %s", async (aggregate) => {
    const vectors = { a: [1, 0], b: [0.6, 0.8], q: [1, 0] };
    const options = {
      routes: [{ use: "cheap", utterances: ["a", "b"], threshold: 0 }],
      embeddings: scriptedEmbeddings(vectors),
      aggregate,
    };
    expect((await decide(options, "q")).score).toBeCloseTo({ mean: 0.8, max: 1, sum: 1.6 }[aggregate], 5);
  });

  it("refuses options that cannot work", () => {
    const one = { use: "cheap", utterances: ["a"] };
    for (const [options, message] of [
      [{ routes: [] }, "routes"],
      [{ routes: [one] }, "two utterances"],
      [
        {
          routes: [
            { ...one, threshold: 0.5 },
            { ...one, threshold: 0.5 },
          ],
        },
        "Two routes",
      ],
      [{ routes: [{ use: "cheap", utterances: ["a", " "] }] }, "empty"],
      [{ routes, topK: 0 }, "topK"],
      [{ routes, timeoutMs: 0 }, "timeoutMs"],
      [{ routes: [{ ...one, threshold: -1 }] }, "threshold"],
    ] as const) {
      expect(() => prototypePolicy(options)).toThrow(message);
    }
  });
});

describe("fitPrototypeRoutes", () => {
  it("finds the thresholds that part the examples, and leaves routes without examples alone", async () => {
    const vectors: Record<string, number[]> = { a: [1, 0], b: [1, 0.1], near: [1, 0.3], far: [0.5, 1], c: [0, 1], d: [0.1, 1] };
    const [first, second] = await fitPrototypeRoutes(
      {
        routes: [
          { use: "cheap", utterances: ["a", "b"] },
          { use: "strong", utterances: ["c", "d"], threshold: 0.9 },
        ],
        embeddings: scriptedEmbeddings(vectors),
        aggregate: "max",
      },
      [
        { text: "near", route: "cheap" },
        { text: "far", route: null },
      ],
    );
    expect(first!.threshold).toBeGreaterThan(0.55);
    expect(first!.threshold).toBeLessThan(0.99);
    expect(second!.threshold).toBe(0.9);
  });
});

describe("bestCut", () => {
  it("lies in the gap, and lets only the same text through where nothing parts the lists", () => {
    expect(bestCut([0.8, 0.6], [0.2, 0.4])).toBeCloseTo(0.5, 10);
    expect(bestCut([0.2, 0], [0.4, 0.5])).toBe(1);
    expect(bestCut([0, 0], [])).toBe(1);
  });

  it("is above 0, and no own score parts the lists better", () => {
    const scores = fc.array(
      fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(scores, scores, (own, others) => {
        const gain = (cut: number) =>
          own.filter((value) => value >= cut).length / Math.max(1, own.length) -
          others.filter((value) => value >= cut).length / Math.max(1, others.length);
        const cut = bestCut(own, others);
        expect(cut).toBeGreaterThan(0);
        if (cut < 1) for (const other of own) if (other > 0) expect(gain(cut)).toBeGreaterThanOrEqual(gain(other) - 1e-12);
      }),
      { seed: 3 },
    );
  });
});
