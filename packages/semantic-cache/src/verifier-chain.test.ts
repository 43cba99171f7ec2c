import { InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { ASKED, RELATED, testCache } from "./__fixtures__/questions.ts";
import type { Judge } from "./judge.ts";
import { thresholdPolicy } from "./policy/threshold-policy.ts";
import { judgesInTurn, rerankerJudge } from "./verifier-chain.ts";

const pair = { question: "q", cachedQuestion: "c", cachedAnswer: "a", similarity: 0.9 };
const saying = (verdict: Awaited<ReturnType<Judge>>, asked: string[] = []): Judge => {
  return async () => {
    asked.push(verdict);
    return verdict;
  };
};
const failing: Judge = () => Promise.reject(new Error("down"));

describe("rerankerJudge", () => {
  it.each([
    [0.9, "same"],
    [0.8, "same"],
    [0.79, "unsure"],
    [0.2, "unsure"],
    [0.19, "different"],
    [Number.NaN, "unsure"],
  ])("takes a score of %f for %s", async (score, verdict) => {
    const asked: string[][] = [];
    const judge = rerankerJudge({
      score: async (...questions) => {
        asked.push(questions);
        return score;
      },
      same: 0.8,
      different: 0.2,
    });
    expect(await judge(pair)).toBe(verdict);
    expect(asked).toEqual([["q", "c"]]);
  });

  it("refuses limits that cannot work", () => {
    const score = async (): Promise<number> => 0;
    expect(() => rerankerJudge({ score, same: Number.NaN })).toThrow(InvalidOptionError);
    expect(() => rerankerJudge({ score, same: 0.5, different: 0.6 })).toThrow(/no higher than/);
    expect(() => rerankerJudge({ score, same: 0.5, different: Number.NaN })).toThrow(InvalidOptionError);
  });
});

describe("judgesInTurn", () => {
  it("goes on until one is sure", async () => {
    const asked: string[] = [];
    expect(await judgesInTurn(saying("unsure", asked), failing, saying("same", asked), saying("different", asked))(pair)).toBe("same");
    expect(asked).toEqual(["unsure", "same"]);
    expect(await judgesInTurn(failing, saying("unsure"))(pair)).toBe("unsure");
  });

  it("fails when all fail, and needs a judge", async () => {
    await expect(judgesInTurn(failing, failing)(pair)).rejects.toThrow("down");
    expect(() => judgesInTurn()).toThrow(InvalidOptionError);
  });

  it("is asked in the grey zone only, and its chat model only where the scores are unsure", async () => {
    const scores: string[] = [];
    let chatted = 0;
    const score = async (question: string): Promise<number> => {
      scores.push(question);
      return 0.5;
    };
    const chat: Judge = async () => {
      chatted += 1;
      return "same";
    };
    const judge = judgesInTurn(rerankerJudge({ score, same: 0.8, different: 0.2 }), chat);
    // RELATED lies at 0.819: within 0.05 of the first threshold, not of the second.
    const near = testCache({ judge, policy: thresholdPolicy({ minSimilarity: 0.85, floor: 0.8 }) });
    await near.store({ text: ASKED }, "Open settings.");
    expect(await near.lookup({ text: RELATED })).toMatchObject({ kind: "semantic", reason: "hit:judge" });
    expect([scores, chatted]).toEqual([[RELATED], 1]);
    const far = testCache({ judge, policy: thresholdPolicy({ minSimilarity: 0.9, floor: 0.8 }) });
    await far.store({ text: ASKED }, "Open settings.");
    expect((await far.lookup({ text: RELATED })).kind).toBe("miss");
    expect([scores.length, chatted]).toEqual([1, 1]);
  });
});
