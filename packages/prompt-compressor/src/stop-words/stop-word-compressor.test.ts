import { approximateTokenCounter, InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { StopWordCompressor, type StopWordCompressorOptions } from "./stop-word-compressor.ts";

const shorten = async (text: string, options: StopWordCompressorOptions = {}): Promise<string> =>
  (await new StopWordCompressor(options).compress(text, { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter })).text;

describe("safe", () => {
  it.each([
    ["The parcel was sent to the warehouse.", "parcel was sent to warehouse."],
    ["Well, close the gate.", "close gate."],
    ["I think that the pump, um, leaks.", "I think pump, leaks."],
    ["Check all of the links in the report.", "Check all the links in report."],
    ["Close the gate, please.", "Close gate."],
  ])("%s", async (before, after) => {
    expect(await shorten(before)).toBe(after);
  });

  it.each([
    "Never refund an order before a manager approves.",
    "Ask the US office, the WHO and The Hague.",
    "Take the 3 left lanes, not the first.",
    'Write "the end" on `the door`.',
    "A second opinion, an agent, a few readers.",
    "Doors are open; it is to be paid.",
    "That bike is very well. So be it.",
    "See state-of-the-art and to/the/point.",
    "This will please clients.",
  ])("leaves: %s", async (text) => {
    expect(await shorten(text)).toBe(text);
  });

  it.each([
    ["de", "Also, der Hund beißt, äh den Mann.", "der Hund beißt, den Mann."],
    ["fr", "Alors, le livre coûte, euh, une livre.", "le livre coûte, une livre."],
    ["es", "Bueno, el capital no es la capital.", "el capital no es la capital."],
  ])("takes no articles where they carry the meaning: %s", async (language, before, after) => {
    expect(await shorten(before, { language })).toBe(after);
  });
});

describe("strong", () => {
  it.each([
    ["en", "It is not in the hall, but it was there until 5 pm.", "not hall but until 5 pm."],
    ["de", "Der Zug ist nicht in der Halle, aber er war bis 5 Uhr da.", "Zug nicht Halle aber bis 5 Uhr."],
    ["fr", "Le train n'est pas dans la gare avant 5 heures.", "train n'est pas gare avant 5 heures."],
    ["es", "El tren no está en la estación hasta las 5.", "tren no estación hasta 5."],
  ])("keeps negations, limits and numbers: %s", async (language, before, after) => {
    expect(await shorten(before, { language, level: "strong" })).toBe(after);
  });

  it("keeps relations, rates and ranges", async () => {
    expect(await shorten("She sells twice as many as he does, at $5 a pound, from 3 to 7 times a week.", { level: "strong" })).toBe(
      "sells twice many as $5 a pound, from 3 to 7 times a week.",
    );
    expect(await shorten("Call as soon as it is at least as warm as 5 degrees.", { level: "strong" })).toBe(
      "Call as soon as least as warm as 5 degrees.",
    );
    expect(await shorten("A third as many of them, 3/4 as long as the other, 12 times as much as a dog.", { level: "strong" })).toBe(
      "third many, 3/4 as long as other, 12 times much as dog.",
    );
  });

  it("takes the ending of a genitive as it takes `of`, and no part of another word", async () => {
    expect(await shorten("Emily's dog likes the boys' ball and Ann’s.", { level: "strong" })).toBe("Emily dog likes boys' ball Ann.");
    expect(await shorten("She said 'it's Bob's' and don't, X's or `Al's`.", { level: "strong" })).toBe(
      "said 'it's Bob's' don't, X's or `Al's`.",
    );
    expect(await shorten("It is nobody's, each other's and one's.", { level: "strong" })).toBe("nobody's each other's one's.");
    expect(await shorten("Das ist Peter's Hund.", { level: "strong", language: "de" })).toBe("Peter's Hund.");
  });

  it("drops no more than a budget asks for, the commonest words first", async () => {
    const text = "The cat of the house saw the dog with a bone in it. ".repeat(20);
    const { text: short, stats } = await new StopWordCompressor({ level: "strong" }).compress(text, { rate: 0.8, minTokens: 0 });
    expect(stats.ratio).toBeGreaterThan(0.75);
    expect(stats.ratio).toBeLessThanOrEqual(0.8);
    expect(short.match(/\bthe\b/g)?.length ?? 0).toBeLessThan(6);
    expect(short).toContain("with");
  });

  it("leaves names that look like stop words, code, and instructions", async () => {
    expect(await shorten("IT sent US mail.", { level: "strong" })).toBe("IT sent US mail.");
    const segments = [
      { kind: "instruction", text: "Answer in the language of the user." },
      { kind: "context", text: 'It was in the hall.\n```\nif (it) is.the("a");\n```' },
    ] as const;
    const result = await new StopWordCompressor({ level: "strong" }).compress(segments, { minTokens: 0, minGain: 0 });
    expect(result.segments.map(({ text }) => text)).toEqual([segments[0].text, 'hall.\n```\nif (it) is.the("a");\n```']);
  });
});

it("refuses a language without a reviewed list, and leaves a segment that names one", async () => {
  expect(() => new StopWordCompressor({ language: "fi" })).toThrow(InvalidOptionError);
  const result = await new StopWordCompressor().compress([{ kind: "text", text: "Tämä on teksti.", language: "fi" }], { minTokens: 0 });
  expect(result.skipped).toBe("no-gain");
  expect(result.warnings[0]).toContain('"fi"');
});
