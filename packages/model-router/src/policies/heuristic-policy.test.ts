import { AIMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRouteContext } from "../route-context.ts";
import type { CandidateView } from "../routing-policy.ts";
import { heuristicPolicy } from "./heuristic-policy.ts";

const candidates = ["weak", "strong"].map((name, tier): CandidateView => ({ name, tier, capabilities: {}, priceOf: () => null }));
const policy = heuristicPolicy();
const hard = "Analyze this legal contract for liability risks.";

async function decide(messages: string | (HumanMessage | SystemMessage | AIMessage)[], toolNames: readonly string[] = []) {
  const list = typeof messages === "string" ? [new HumanMessage(messages)] : messages;
  return policy.decide(createRouteContext({ messages: list, toolNames }), candidates);
}

describe("heuristic policy", () => {
  it.each(["Hello.", "What is the capital of France?", "Translate 'good morning' into French."])(
    "sends %j to the weak model",
    async (task) => {
      expect(await decide(task)).toMatchObject({ kind: "pick", model: "weak" });
    },
  );

  it.each([
    hard,
    "Prove step by step that the square root of 2 is irrational.",
    "Compare these two distributed algorithms and explain why one has lower complexity under concurrency.",
  ])("sends %j to the strong model", async (task) => {
    expect(await decide(task)).toMatchObject({ kind: "pick", model: "strong" });
  });

  it.each(["", "blue lamp", "Das Wetter ist heute schön und ich gehe spazieren.", "今日は天気がいいですね"])(
    "abstains on %j: no signal is no evidence",
    async (task) => {
      expect(await decide(task)).toMatchObject({ kind: "abstain" });
    },
  );

  it("abstains on a text that points back at an earlier message", async () => {
    expect(await decide([new HumanMessage(hard), new AIMessage("Done."), new HumanMessage("commit it")])).toMatchObject({
      kind: "abstain",
    });
  });

  it("reads neither the system prompt nor reminders, closed or not", async () => {
    const plain = await decide("Hello.");
    expect(plain).toMatchObject({ kind: "pick", model: "weak" });
    for (const messages of [
      [new SystemMessage(`${hard} ${hard}`), new HumanMessage("Hello.")],
      [new HumanMessage(`<system-reminder>${hard}</system-reminder>Hello.`)],
      [new HumanMessage(`Hello.<system-reminder>${hard}`)],
    ]) {
      expect(await decide(messages)).toEqual(plain);
    }
    expect(await decide([new HumanMessage(`<system-reminder>${hard}</system-reminder>`)])).toMatchObject({ kind: "abstain" });
  });

  it("reads only the last human message", async () => {
    expect(await decide([new HumanMessage(hard), new AIMessage("Done."), new HumanMessage("Thanks!")])).toMatchObject({ model: "weak" });
  });

  it("takes the tools' names as a sign", async () => {
    const score = async (tools: string[]) => {
      const result = await decide("Find out why the nightly job is slow and fix it.", tools);
      return result.kind === "pick" ? result.score! : 0;
    };
    expect(await score(["run_sql", "shell"])).toBeGreaterThan(await score([]));
  });

  it("never throws, picks only what is eligible and keeps score and confidence within 0 and 1", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "binary" }), fc.lorem({ maxCount: 60 })),
        fc.array(fc.string(), { maxLength: 4 }),
        async (task, tools) => {
          const result = await decide(task, tools);
          if (result.kind === "abstain") return;
          expect(["weak", "strong"]).toContain(result.model);
          expect(result.score).toBeGreaterThanOrEqual(0);
          expect(result.score).toBeLessThanOrEqual(1);
          expect(result.confidence).toBeLessThanOrEqual(1);
        },
      ),
      { seed: 7 },
    );
  });
});
