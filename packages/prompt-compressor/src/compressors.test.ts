import { approximateTokenCounter } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Compressor,
  csvFormat,
  ExtractiveCompressor,
  FallbackCompressor,
  LosslessCompressor,
  PipelineCompressor,
  restoreText,
  StopWordCompressor,
} from "./index.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };
const piece = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "the ",
    "not ",
    "  \n\n\n",
    "\n",
    "```js\nlet  a = 1;\n```\n",
    "12.5 kg ",
    "{ x } ",
    "日本語。",
    "😀 ",
    "שלום ",
    "same line\nsame line\n",
    '{ "a" : 1 }',
  ),
);
const document = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
const fences = (text: string): string[] => text.match(/^```[^]*?^```/gm) ?? [];

describe("lossless", () => {
  it("restores every text byte for byte and keeps code blocks", async () => {
    const compressor = new LosslessCompressor({ aliasIds: true, htmlComments: true });
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        const result = await compressor.compress(text, options);
        expect(restoreText(result)).toBe(text);
        expect(result.skipped).not.toBe("error");
      }),
      { numRuns: 300 },
    );
  });

  it("leaves JSON that means the same, whatever its layout", async () => {
    const compressor = new LosslessCompressor();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom(0, 2, "\t"), async (value, space) => {
        const text = JSON.stringify(value, null, space);
        const result = await compressor.compress(text, options);
        expect(JSON.parse(result.text)).toEqual(JSON.parse(text));
        expect(restoreText(result)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it("does not touch big integers, 1.0, -0, doubled keys and escapes", async () => {
    const text = '{ "a": 1, "a": 2,\n  "big": 12345678901234567890, "f": 1.0, "z": -0, "e": "\\u00e9  x" }';
    const { text: short } = await new LosslessCompressor().compress(text, options);
    expect(short).toBe('{"a":1,"a":2,"big":12345678901234567890,"f":1.0,"z":-0,"e":"\\u00e9  x"}');
  });

  it("takes another spelling only when it is shorter", async () => {
    const rows = JSON.stringify(Array.from({ length: 30 }, (_value, id) => ({ id, name: `n${id}`, city: "Rome" })));
    const { text, restore } = await new LosslessCompressor({ formats: [csvFormat()] }).compress(rows, options);
    expect(text.length).toBeLessThan(rows.length * 0.7);
    expect(restore).toBeDefined();
    const nested = '{"a":{"b":{"c":1}}}';
    expect((await new LosslessCompressor({ formats: [csvFormat()] }).compress(nested, options)).text).toBe(nested);
  });
});

describe.each([
  ["safe", new StopWordCompressor()],
  ["strong", new StopWordCompressor({ level: "strong" })],
  ["extractive", new ExtractiveCompressor({ rate: 0.5 })],
  ["pipeline", new PipelineCompressor([new LosslessCompressor(), new ExtractiveCompressor({ rate: 0.5 }), new StopWordCompressor()])],
] as [string, Compressor][])("%s", (name, compressor) => {
  it("never fails, breaks no character, is the same twice, and leads back", async () => {
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        const result = await compressor.compress(text, options);
        expect(result.skipped).not.toBe("error");
        expect(restoreText(result)).toBe(text);
        expect(/\p{Surrogate}/u.test(result.text)).toBe(/\p{Surrogate}/u.test(text));
        expect((await compressor.compress(text, options)).text).toBe(result.text);
        if (name === "safe" || name === "strong") expect(fences(result.text)).toEqual(fences(text));
      }),
      { numRuns: 100 },
    );
  });
});

const chat = Array.from(
  { length: 200 },
  (_value, row) =>
    `Ann: I ${row % 9 === 0 ? "did not go" : "went"} to the city number ${row} with my friend ${"very ".repeat(row % 5)}early.`,
).join("\n");

describe("extractive", () => {
  it.each([0.5, 0.33, 0.2, 0.1])("meets a rate of %d within a tenth", async (rate) => {
    for (const question of [undefined, "Who went to the city number 77?"]) {
      const { stats } = await new ExtractiveCompressor().compress(chat, { rate, ...(question && { question }) });
      expect(Math.abs(stats.ratio - rate)).toBeLessThan(rate * 0.1);
    }
  });

  it("keeps what the question asks for, as it is written", async () => {
    const { text } = await new ExtractiveCompressor().compress(chat, { rate: 0.1, question: "Who went to the city number 77?" });
    expect(text).toContain(chat.split("\n")[77]);
    for (const line of text.split("\n").filter(Boolean)) expect(chat).toContain(line);
  });
});

describe("what does not happen", () => {
  const short = "The parcel is really in the hall of the house.";
  it("says why a text is unchanged", async () => {
    expect(await new StopWordCompressor().compress(short)).toMatchObject({ skipped: "too-short", text: short });
    expect(await new LosslessCompressor().compress(short, options)).toMatchObject({ skipped: "no-gain", text: short });
    const guard = { check: () => "the owner says no" };
    const refused = await new StopWordCompressor().compress(short, { ...options, guard });
    expect(refused).toMatchObject({ skipped: "guard", text: short });
    expect(refused.warnings.join()).toContain("the owner says no");
  });

  it("survives a failing counter, and rejects only for an abort", async () => {
    const tokenCounter = {
      ...approximateTokenCounter,
      isExact: () => true,
      count: () => {
        throw new Error("broken");
      },
    };
    expect(await new StopWordCompressor().compress(short, { tokenCounter })).toMatchObject({ skipped: "error", text: short });
    await expect(new StopWordCompressor().compress(short, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it("keeps segments that say so, instructions from lossy stages, and a pattern of the caller", async () => {
    const text = `${short} It is an a1-THE-b2 in the box. `.repeat(20);
    const { segments } = await new StopWordCompressor({ level: "strong" }).compress(
      [
        { kind: "context", text, compress: false },
        { kind: "instruction", text },
        { kind: "context", text },
      ],
      { ...options, preserve: [/in the hall/] },
    );
    expect(segments.slice(0, 2).map(({ text: kept }) => kept)).toEqual([text, text]);
    expect(segments[2]?.text.match(/in the hall/g)).toHaveLength(20);
    expect(segments[2]?.text.length).toBeLessThan(text.length);
  });

  it("falls back, and the stats say to what", async () => {
    const broken: Compressor = {
      name: "broken",
      version: "1",
      lossless: false,
      questionAware: false,
      compress: () => Promise.reject(new Error("no model")),
    };
    const result = await new FallbackCompressor([broken, new StopWordCompressor()]).compress(short, options);
    expect(result.text).not.toBe(short);
    expect(result.stats.stages.map(({ name }) => name)).toEqual(["stop-words-safe-en"]);
    expect(result.warnings).toEqual([
      "broken failed (Error).",
      "fallback(broken,stop-words-safe-en): stop-words-safe-en was used instead.",
    ]);
  });

  it("refuses options out of range", async () => {
    await expect(new StopWordCompressor().compress(short, { rate: 0 })).rejects.toThrow("`rate` is 0");
    expect(() => new StopWordCompressor({ language: "xx" })).toThrow('`language` is "xx"');
    expect(() => new PipelineCompressor([])).toThrow("`stages` is empty");
  });
});
