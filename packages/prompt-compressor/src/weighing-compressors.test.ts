import { approximateTokenCounter } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { LLMLingua2Compressor, restoreText, SelfInformationCompressor, type TokenClassifier, ToolOutputCompressor } from "./index.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };

describe("ToolOutputCompressor", () => {
  const rows = Array.from({ length: 80 }, (_value, id) => ({ id, status: id === 41 ? "error: disk full" : "ok", place: "hall" }));

  it("keeps JSON parseable, the ends, the error and whole rows, and says what is gone", async () => {
    const text = JSON.stringify(rows);
    const result = await new ToolOutputCompressor({ rate: 0.3 }).compress([{ kind: "tool-output", text }], options);
    const kept = JSON.parse(result.text) as unknown[];
    for (const id of [0, 41, 79]) expect(kept).toContainEqual(rows[id]);
    expect(
      kept.filter((row) => typeof row === "object").every((row) => rows.some((one) => JSON.stringify(one) === JSON.stringify(row))),
    ).toBe(true);
    expect(result.text).toMatch(/\[\d+ rows omitted\]/);
    expect(result.stats.ratio).toBeLessThan(0.4);
    expect(restoreText(result)).toBe(text);
  });

  it("leaves a text without rows", async () => {
    expect(await new ToolOutputCompressor().compress("One line of text.", options)).toMatchObject({ skipped: "no-gain" });
  });
});

const prose = Array.from(
  { length: 30 },
  (_value, row) => `The courier number ${row} did not bring the parcel to the big house near Verona.`,
).join(" ");

describe("SelfInformationCompressor", () => {
  it("drops common words first and keeps numbers and negations", async () => {
    const frequencies = (word: string): number => (word === "the" || word === "to" ? 0.05 : 0.0001);
    const result = await new SelfInformationCompressor({ frequencies, rate: 0.8 }).compress(prose, options);
    expect(result.text.match(/\d+/g)).toEqual(prose.match(/\d+/g));
    expect(result.text.match(/\bnot\b/g)).toHaveLength(30);
    expect(result.text.match(/\bthe\b/gi)?.length ?? 0).toBeLessThan(20);
    expect(restoreText(result)).toBe(prose);
  });
});

describe("LLMLingua2Compressor", () => {
  const seen: string[] = [];
  const classifier: TokenClassifier = {
    name: "fake",
    maxTokens: 60,
    classify: (texts) => {
      seen.push(...texts);
      return Promise.resolve(
        texts.map((text) =>
          Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({
            start: index,
            end: index + word.length,
            keep: word === "big" ? 0.1 : 0.9,
          })),
        ),
      );
    },
  };

  it("cuts long texts for the model, and drops what it says over all parts", async () => {
    const result = await new LLMLingua2Compressor({ classifier, rate: 0.97 }).compress(prose, options);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join("")).toBe(prose);
    expect(result.text.match(/\bbig\b/g)?.length ?? 0).toBeLessThan(30);
    expect(result.text.match(/\bcourier\b/g)).toHaveLength(30);
  });

  it("leaves the text when the classifier fails or is too slow", async () => {
    const failing: TokenClassifier = { name: "failing", classify: () => Promise.reject(new Error("no model")) };
    expect(await new LLMLingua2Compressor({ classifier: failing }).compress(prose, options)).toMatchObject({
      skipped: "error",
      text: prose,
    });
    const slow: TokenClassifier = { name: "slow", classify: () => new Promise(() => {}) };
    expect(await new LLMLingua2Compressor({ classifier: slow }).compress(prose, { ...options, timeoutMs: 20 })).toMatchObject({
      skipped: "error",
    });
  });
});
