import { approximateTokenCounter, stableHash } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import {
  defaultCompressor,
  ExtractiveCompressor,
  FallbackCompressor,
  LLMLingua2Compressor,
  LosslessCompressor,
  PipelineCompressor,
  SelfInformationCompressor,
  StopWordCompressor,
  type TokenClassifier,
  ToolOutputCompressor,
} from "./index.ts";

/** What other compressors were seen to do wrong; one test for each. */
const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };
const oneEach = { count: (text: string) => (text.trim() === "" ? 0 : 1), isExact: () => false };
const strong = new StopWordCompressor({ level: "strong" });

describe("short texts", () => {
  it("are left below 200 tokens and not above, and it is said", async () => {
    const words = (count: number): string =>
      Array.from({ length: count }, () => "the")
        .join(" x ")
        .split(" ")
        .slice(0, count)
        .join(" ");
    const at = (count: number) => strong.compress(words(count), { tokenCounter: oneEach });
    expect(await at(199)).toMatchObject({ skipped: "too-short", text: words(199), stats: { tokensIn: 199, tokensOut: 199 } });
    expect((await at(201)).skipped).toBeUndefined();
  });
});

describe("runs of one character", () => {
  it.each(["`", "[", "{", '"', "'", "-", "1", " ", "\n", "a", "ä", "<", "|\n"])(
    "take no more than their length: %j",
    async (character) => {
      const text = character.repeat(100_000);
      for (const compressor of [new StopWordCompressor({ level: "strong" }), defaultCompressor({ rate: 0.5 })]) {
        const { skipped, warnings } = await compressor.compress(text, { ...options, timeoutMs: 60_000 });
        expect([skipped === "error", warnings.filter((warning) => warning.includes("failed"))]).toEqual([false, []]);
      }
    },
    20_000,
  );
});

describe("plates, ids and words", () => {
  const text =
    "The plate of the van is W-4711 XJ, the order of it is ORD_2024/11-a7, and the mail of the owner is a.b@c.example, see https://x.example/the/a?is=of.";

  it.each([
    ["strong stop words", strong],
    ["self-information", new SelfInformationCompressor({ rate: 0.5 })],
  ])("are never cut or mangled by %s", async (_name, compressor) => {
    const { text: short } = await compressor.compress(text, options);
    for (const whole of ["W-4711", "XJ", "ORD_2024/11-a7", "a.b@c.example", "https://x.example/the/a?is=of"])
      expect(short).toContain(whole);
    const known = new Set(text.split(/[\s,]+/));
    expect(short.split(/[\s,]+/).filter((word) => !known.has(word))).toEqual([]);
  });
});

describe("CJK, emoji and right-to-left text", () => {
  const classifier: TokenClassifier = {
    name: "half",
    classify: (texts) =>
      Promise.resolve(
        texts.map((text) =>
          Array.from(text.matchAll(/\S+/g), ({ 0: word, index }, at) => ({ start: index, end: index + word.length, keep: at % 2 })),
        ),
      ),
  };
  const text = "👩‍👩‍👧 猫は庭で眠る。 犬は走る。 שלום לכם 🇦🇹 حروف الكلمات 👍🏽 e\u0301cole 日本 ".repeat(8);

  it.each([
    ["classifier", new LLMLingua2Compressor({ classifier })],
    ["extractive", new ExtractiveCompressor()],
    ["self-information", new SelfInformationCompressor()],
  ])("stay whole: %s", async (_name, compressor) => {
    const { text: short } = await compressor.compress(text, { ...options, rate: 0.5 });
    const graphemes = (value: string) => Array.from(new Intl.Segmenter().segment(value), ({ segment }) => segment);
    const known = new Set(graphemes(text));
    expect(graphemes(short).filter((grapheme) => !known.has(grapheme))).toEqual([]);
    expect(short).not.toMatch(/\p{Surrogate}|\uFFFD/u);
    expect(short.length).toBeLessThan(text.length);
  });
});

describe("JSON", () => {
  it("of any shape is no reason to fail", async () => {
    for (const text of [
      '{"a": [',
      '[{"a": 1}',
      '{"a": {"b": null}}',
      '"just a string"',
      "[1, 2, 3]",
      '{"": ""}',
      `[${"[".repeat(500)}`,
      '{"a": "\\u12"}',
    ])
      for (const compressor of [new LosslessCompressor(), new ToolOutputCompressor(), defaultCompressor({ rate: 0.5 })])
        expect((await compressor.compress(text, { ...options, rate: 0.5 })).skipped, text).not.toBe("error");
  });

  it("of one small record keeps every field, null or not", async () => {
    const record = {
      id: 7,
      name: "A. Keller",
      note: null,
      tags: ["a", "b"],
      active: false,
      total: 12.5,
      address: { town: "Graz", zip: "8010" },
    };
    const text = JSON.stringify(record, null, 2);
    const { text: short } = await defaultCompressor({ rate: 0.3 }).compress([{ kind: "tool-output", text }], options);
    expect(JSON.parse(short)).toEqual(record);
  });

  it("loses rows only where a mark counts them", async () => {
    const rows = Array.from({ length: 90 }, (_value, id) => ({ id, level: "info", text: `line of the log ${id % 4}` }));
    const { text } = await new ToolOutputCompressor({ rate: 0.3 }).compress([{ kind: "tool-output", text: JSON.stringify(rows) }], options);
    const left = JSON.parse(text) as unknown[];
    const marked = left
      .filter((row) => typeof row === "string")
      .reduce((sum: number, row) => sum + Number(/\d+/.exec(row as string)?.[0]), 0);
    expect(left.filter((row) => typeof row === "object").length + marked).toBe(rows.length);
  });
});

describe("logs and diffs", () => {
  it("keep the error, the head of the stack and the changed lines", async () => {
    const log = [
      ...Array.from({ length: 60 }, (_value, at) => `10:00:${at} INFO request ${at} served`),
      "10:01:00 ERROR TypeError: cannot read x",
      "    at load (/srv/app.js:12:3)",
      "    at main (/srv/app.js:40:1)",
      ...Array.from({ length: 60 }, (_value, at) => `10:02:${at} INFO request ${at} served`),
    ].join("\n");
    const { text } = await new ToolOutputCompressor({ rate: 0.2 }).compress([{ kind: "tool-output", text: log }], options);
    expect(text).toContain("ERROR TypeError: cannot read x\n    at load (/srv/app.js:12:3)");
    expect(text).toMatch(/\[\d+ lines omitted\]/);
    const diff = [
      "diff --git a/x b/x",
      "@@ -1,60 +1,60 @@",
      ...Array.from({ length: 40 }, (_value, at) => ` same ${at}`),
      "-old line",
      "+new line",
      ...Array.from({ length: 40 }, (_value, at) => ` more ${at}`),
    ].join("\n");
    const short = (await new ToolOutputCompressor({ rate: 0.2 }).compress([{ kind: "tool-output", text: diff }], options)).text;
    expect(short).toContain("-old line\n+new line");
  });
});

describe("results", () => {
  const text = Array.from(
    { length: 60 },
    (_value, row) =>
      `Ann: The letter ${row} of the ${["aunt", "uncle", "niece"][row % 3]} is ${row % 9 === 0 ? "not " : ""}in the box ${row % 5}.`,
  ).join("\n");

  it("are the same in every process", async () => {
    const hashes = await Promise.all(
      [
        new LosslessCompressor(),
        new StopWordCompressor(),
        strong,
        new ExtractiveCompressor(),
        new ExtractiveCompressor({ ranker: "textrank" }),
        new SelfInformationCompressor(),
        defaultCompressor({ rate: 0.4 }),
      ].map(async (compressor) =>
        stableHash((await compressor.compress(text, { ...options, rate: 0.5, question: "Where is letter 31?" })).text).slice(0, 8),
      ),
    );
    expect(hashes).toMatchInlineSnapshot(`
      [
        "46b82e64",
        "d6b1da6c",
        "105f2bda",
        "c309e79a",
        "450e2e4f",
        "82b1980f",
        "36f6283b",
      ]
    `);
  });

  it("are timed stage by stage", async () => {
    const { stats } = await new PipelineCompressor([new StopWordCompressor(), new ExtractiveCompressor()]).compress(text, {
      ...options,
      rate: 0.4,
    });
    expect(stats.stages.map(({ name }) => name)).toEqual(["stop-words-safe-en", "extractive-bm25"]);
    for (const { ms } of stats.stages) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it("say which way was taken where a peer is missing, a model fails or is too slow", async () => {
    const ways: [string, TokenClassifier][] = [
      ["failing", { name: "failing", classify: () => Promise.reject(new Error("out of memory")) }],
      ["slow", { name: "slow", classify: () => new Promise(() => {}) }],
    ];
    for (const [name, classifier] of ways) {
      const fallback = new FallbackCompressor([new LLMLingua2Compressor({ classifier }), new ExtractiveCompressor()]);
      const { stats, warnings, text: short } = await fallback.compress(text, { ...options, rate: 0.5, timeoutMs: 200 });
      expect(short.length).toBeLessThan(text.length);
      expect(stats.stages.map((stage) => [stage.name, stage.skipped])).toEqual([
        [`llmlingua2-${name}`, "error"],
        ["extractive-bm25", undefined],
      ]);
      expect(warnings[0]).toContain(`llmlingua2-${name} failed`);
      expect(warnings.at(-1)).toMatch(/extractive-bm25 was used instead\.$/);
    }
  });
});

describe("LLMLingua2Compressor", () => {
  const byWord = (keep: (word: string) => number): TokenClassifier => ({
    name: "by-word",
    maxTokens: 40,
    classify: (texts) =>
      Promise.resolve(
        texts.map((text) =>
          Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ start: index, end: index + word.length, keep: keep(word) })),
        ),
      ),
  });

  it("has one threshold over all parts: filler pays for what is dense", async () => {
    const text = `${"dense words stay here. ".repeat(20)}${"filler filler filler filler. ".repeat(20)}`;
    const { text: short } = await new LLMLingua2Compressor({
      classifier: byWord((word) => (word.startsWith("filler") ? 0.1 : 0.9)),
    }).compress(text, {
      ...options,
      rate: 0.55,
    });
    expect(short.match(/dense words stay here\./g)).toHaveLength(20);
    expect(short.match(/filler/g)?.length ?? 0).toBeLessThan(20);
  });

  it("keeps all at rate 1, refuses rate 0, and keeps forced tokens, digits and the text's own number signs", async () => {
    const compressor = new LLMLingua2Compressor({ classifier: byWord(() => 0.1), forceTokens: ["!", "keep"] });
    const text = "one two keep three! C# and ## four 5 six seven eight nine ten.";
    expect((await compressor.compress(text, { ...options, rate: 1 })).text).toBe(text);
    await expect(compressor.compress(text, { ...options, rate: 0 })).rejects.toThrow("`rate` is 0");
    const { text: short } = await compressor.compress(text, { ...options, rate: 0.1 });
    for (const forced of ["keep", "three!", "5"]) expect(short).toContain(forced);
    expect((await compressor.compress(text, { ...options, rate: 0.9 })).text).toContain("##");
  });

  it("takes a word's probability from the mean of its pieces, or from the first", async () => {
    const pieces: TokenClassifier = {
      name: "pieces",
      classify: (texts) =>
        Promise.resolve(
          texts.map((text) =>
            Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => [
              { start: index, end: index + 1, keep: word === "alpha" ? 0.9 : 0.5 },
              { start: index + 1, end: index + word.length, keep: word === "alpha" ? 0 : 0.5 },
            ]).flat(),
          ),
        ),
    };
    const text = "alpha bravo ".repeat(10);
    const short = async (wordProbability: "mean" | "first") =>
      (await new LLMLingua2Compressor({ classifier: pieces, wordProbability }).compress(text, { ...options, rate: 0.5 })).text;
    expect(await short("mean")).not.toContain("alpha");
    expect(await short("first")).toContain("alpha");
  });
});
