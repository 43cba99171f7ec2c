import { approximateTokenCounter, defaultTokenCounter, type TokenCounter } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Compressor,
  ExtractiveCompressor,
  LLMLingua2Compressor,
  LLMLinguaCompressor,
  LosslessCompressor,
  PipelineCompressor,
  SelfInformationCompressor,
  StopWordCompressor,
  type SurprisalModel,
  type TokenClassifier,
  ToolOutputCompressor,
} from "../index.ts";
import { askedTokens, budgetPools, correctedPools } from "./budget.ts";

const words = (text: string) =>
  Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ start: index, end: index + word.length, word }));
const classifier: TokenClassifier = {
  name: "by-length",
  classify: (texts) =>
    Promise.resolve(texts.map((text) => words(text).map(({ word, ...range }) => ({ ...range, keep: Math.min(1, word.length / 12) })))),
};
const lm: SurprisalModel = {
  name: "by-length",
  score: (text) => Promise.resolve(words(text).map(({ word, ...range }) => ({ ...range, nats: word.length }))),
};

const compressors: [Compressor, rates: readonly number[]][] = [
  [new ExtractiveCompressor(), [0.75, 0.5, 0.33, 0.2, 0.1]],
  [new ExtractiveCompressor({ ranker: "tfidf" }), [0.5, 0.2]],
  [new ExtractiveCompressor({ ranker: "textrank" }), [0.5, 0.2]],
  [new SelfInformationCompressor(), [0.8, 0.65, 0.5]],
  [new LLMLingua2Compressor({ classifier }), [0.8, 0.65, 0.5]],
  [new LLMLinguaCompressor({ lm }), [0.8, 0.65, 0.5]],
  [new StopWordCompressor({ level: "strong" }), [0.95, 0.85]],
  [new ToolOutputCompressor(), [0.75, 0.5, 0.2]],
  [
    new PipelineCompressor([new LosslessCompressor(), new ExtractiveCompressor(), new StopWordCompressor({ level: "strong" })]),
    [0.75, 0.5, 0.2],
  ],
];
const prose = Array.from(
  { length: 160 },
  (_value, row) =>
    `Ann: The ${["courier", "gardener", "pilot", "baker"][row % 4]} did bring ${"the parcel and the ".repeat((row % 3) + 1)}letter to a house in ${["Trieste", "Lisbon", "Graz", "Oslo", "Turin"][row % 5]} early in the morning of that day${row % 7 === 0 ? ", but not again" : ""}.`,
).join("\n");

describe.each(compressors)("$name", (compressor, rates) => {
  it.each(rates)("keeps at most %d of the tokens and at least nine tenths of that, counted whole", async (rate) => {
    for (const tokenCounter of [await defaultTokenCounter(), approximateTokenCounter]) {
      const { text, stats, warnings } = await compressor.compress(prose, { rate, tokenCounter, timeoutMs: 60_000 });
      const target = Math.floor(rate * stats.tokensIn);
      expect(warnings.filter((warning) => warning.includes("asked for"))).toEqual([]);
      expect(stats.tokensOut).toBeLessThanOrEqual(target);
      expect(stats.tokensOut).toBeGreaterThanOrEqual(0.9 * target);
      // Not only by the compressor's own piecewise count.
      if (tokenCounter.isExact()) expect(tokenCounter.count(text)).toBeLessThanOrEqual(target * 1.01);
    }
  });
});

it.each(compressors)("$name: meets any budget or gives the reason, whatever the text", async (compressor) => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.constantFrom(
      "the ",
      "of a house. ",
      "not ",
      "\n\n",
      "```js\nlet  a = 1;\n```\n",
      "12.5 kg ",
      "日本語。",
      "😀 ",
      '{ "a" : 1 }',
      "A day of rain in the town. ",
    ),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => pieces.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 100 }), async (value, percent) => {
      const rate = percent / 100;
      const { stats, skipped, warnings } = await compressor.compress(value, {
        rate,
        minTokens: 0,
        minGain: 0,
        tokenCounter: approximateTokenCounter,
      });
      expect(skipped).not.toBe("error");
      const target = Math.floor(rate * stats.tokensIn + 1e-9);
      const isMet = stats.tokensOut <= target && stats.tokensOut >= 0.9 * target;
      if (!isMet && target < stats.tokensIn && skipped === undefined)
        expect(warnings.join("\n")).toMatch(/asked for \d+ tokens, got \d+ of \d+: ./);
    }),
    { numRuns: 60 },
  );
});

describe("the reason for a missed budget", () => {
  const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };
  const line = "The house of the baker is in the town of Graz. ".repeat(20);

  it("names segments that may not be touched", async () => {
    const { warnings } = await new ExtractiveCompressor().compress(
      [
        { kind: "instruction", text: line },
        { kind: "context", text: line },
      ],
      { ...options, rate: 0.2 },
    );
    expect(warnings.join()).toMatch(/asked for \d+ tokens, got \d+ of \d+: \d+ tokens are in segments that this stage does not touch/);
  });

  it("names protected text, whole units, and stages that go by no budget", async () => {
    const fenced = `\`\`\`\n${line}\n\`\`\`\nAn end of it all.`;
    expect((await new ExtractiveCompressor().compress(fenced, { ...options, rate: 0.2 })).warnings.join()).toContain("protected");
    const two = `${"A very long sentence goes on ".repeat(20)}. ${"Another long one also goes on ".repeat(20)}.`;
    expect((await new ExtractiveCompressor().compress(two, { ...options, rate: 0.8 })).warnings.join()).toContain("whole units");
    expect((await new StopWordCompressor().compress(line, { ...options, rate: 0.99 })).warnings.join()).toContain(
      "no loss, whatever the budget",
    );
    expect((await new StopWordCompressor().compress(line, { ...options, rate: 0.2 })).warnings.join()).toContain(
      "all that this stage can drop",
    );
  });

  it("is not given by the stages of a pipeline for what the next one mends", async () => {
    const pipeline = new PipelineCompressor([new StopWordCompressor(), new ExtractiveCompressor()]);
    const { warnings, stats } = await pipeline.compress(prose, { ...options, rate: 0.4 });
    expect(stats.stages).toHaveLength(2);
    expect(warnings).toEqual([]);
  });
});

describe("budgets", () => {
  it("rounds down, and not because of floats", () => {
    expect(askedTokens({ rate: 0.29 }, 100)).toBe(29);
    expect(askedTokens({ rate: 0.5 }, 137)).toBe(68);
    expect(askedTokens({ rate: 0.5, targetTokens: 20.9 }, 137)).toBe(20);
    expect(askedTokens({}, 137)).toBeUndefined();
  });

  it("gives segments of no rate what the others leave", () => {
    const segments = [
      { kind: "text", text: "", rate: 0.25 },
      { kind: "text", text: "" },
      { kind: "text", text: "", compress: false },
    ] as const;
    const pools = budgetPools(segments, [100, 100, 50], (segment) => !("compress" in segment), { rate: 0.5 });
    expect(pools).toEqual([
      { segments: [0], tokens: 100, budget: 25 },
      { segments: [1], tokens: 100, budget: 50 },
    ]);
  });

  it("allows for what a plan missed by, and stops when it is near", () => {
    const wanted = [{ segments: [0], tokens: 100, budget: 50 }];
    expect(correctedPools(wanted, wanted, () => 53)).toEqual([{ segments: [0], tokens: 100, budget: 47 }]);
    expect(correctedPools(wanted, wanted, () => 40)).toEqual([{ segments: [0], tokens: 100, budget: 60 }]);
    expect(correctedPools(wanted, wanted, () => 49)).toBeUndefined();
  });

  it("counts each text of a plan's result once more and no oftener", async () => {
    let counted = 0;
    const counter: TokenCounter = { count: (text) => ((counted += 1), Math.ceil(text.length / 4)), isExact: () => false };
    await new ExtractiveCompressor().compress(prose, { rate: 0.5, tokenCounter: counter });
    expect(counted).toBeLessThan(500);
  });
});
