import { approximateTokenCounter, InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import type { SurprisalModel } from "../self-information/surprisal-model.ts";
import { SelfInformationCompressor } from "../self-information/self-information-compressor.ts";
import { type LlamaCppModule, llamaCppSurprisal } from "./llama-cpp-surprisal.ts";
import { LLMLinguaCompressor } from "./llmlingua-compressor.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };

/** Expects a word the more, the shorter it is; and all words of a question that the prefix holds. */
function scriptedModel(prefixes: string[] = []): SurprisalModel {
  return {
    name: "scripted",
    score(text, { prefix = "" } = {}) {
      prefixes.push(prefix);
      return Promise.resolve(
        [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
          start: index,
          end: index + word.length,
          nats: prefix.includes(word) ? 0.1 : word.length,
        })),
      );
    },
  };
}

const documents = [
  "The harbour of Trieste was widened for larger ships.",
  "A recipe needs flour, butter and apples from the garden.",
  "Chess openings are named after players or countries.",
].map((text) => ({ kind: "context" as const, text }));

describe("LLMLinguaCompressor", () => {
  it("keeps the context behind which the question is expected", async () => {
    const compressor = new LLMLinguaCompressor({ lm: scriptedModel(), rate: 0.4, contextBudget: 1 });
    const { segments } = await compressor.compress(documents, { ...options, question: "Which apples and butter?" });
    expect(segments[1]?.text).toContain("apples");
    expect(segments[0]?.text).toBe("");
    expect(segments[2]?.text).toBe("");
  });

  it("scores each part behind the shortened text before it, and drops what is expected", async () => {
    const prefixes: string[] = [];
    const text = Array.from({ length: 20 }, (_value, part) => `Warehouse ${part} is at the northern harbour of a city.`).join(" ");
    const compressor = new LLMLinguaCompressor({ lm: scriptedModel(prefixes), rate: 0.7, iterativeSize: 40 });
    const { text: short, stats } = await compressor.compress(text, options);
    expect(prefixes.length).toBeGreaterThan(3);
    expect(prefixes[0]).toBe("");
    expect(prefixes.at(-1)?.length).toBeGreaterThan(prefixes[1]?.length ?? 0);
    expect(text.startsWith(prefixes.at(-1) as string)).toBe(false);
    expect(short.startsWith(prefixes.at(-1) as string)).toBe(true);
    expect(stats.ratio).toBeLessThan(0.75);
    for (let part = 0; part < 20; part += 1) expect(short).toMatch(new RegExp(`\\b${part}\\b`));
  });

  it("gives SelfInformationCompressor its surprisals too", async () => {
    const { text } = await new SelfInformationCompressor({ lm: scriptedModel(), rate: 0.7 }).compress(
      "It is at a harbour near some northern city.",
      options,
    );
    expect(text).toContain("harbour");
    expect(text).toContain("northern");
    expect(text.split(" ").length).toBeLessThan(9);
  });

  it("leaves the text when the model fails", async () => {
    const lm: SurprisalModel = { name: "broken", score: () => Promise.reject(new Error("no memory")) };
    const result = await new LLMLinguaCompressor({ lm }).compress(documents, options);
    expect(result.skipped).toBe("error");
    expect(result.segments).toEqual(documents);
    expect(result.warnings[0]).toContain("no memory");
  });

  it.each([{ rate: 0 }, { contextBudget: 0.5 }, { iterativeSize: 1 }])("refuses %o", (wrong) => {
    expect(() => new LLMLinguaCompressor({ lm: scriptedModel(), ...wrong })).toThrow(InvalidOptionError);
  });
});

describe("llamaCppSurprisal", () => {
  /** A vocabulary of words; each next token has logit 1, the best 3, and the sum of weights is 2. */
  function scriptedLibrary(seen: unknown[][]): LlamaCppModule {
    const vocabulary = ["<s>"];
    const idOf = (word: string): number => (vocabulary.includes(word) ? vocabulary.indexOf(word) : vocabulary.push(word) - 1);
    const sequence = {
      clearHistory: () => Promise.resolve(),
      controlledEvaluate: (input: readonly unknown[]) => {
        seen.push([...input]);
        return Promise.resolve(
          input.map((entry) => {
            if (!Array.isArray(entry)) return undefined;
            const [, { generateNext }] = entry as [number, { generateNext: { logits: { filter: { tokens: number[] } } } }];
            return {
              next: {
                logits: new Map([
                  [generateNext.logits.filter.tokens[0] as number, 1],
                  [-1, 3],
                ]),
                totalLogitWeight: 2,
              },
            };
          }),
        );
      },
    };
    const model = {
      tokens: { bos: 0 },
      tokenize: (text: string) =>
        text
          .split(/(?= )/)
          .filter((piece) => piece !== "")
          .map(idOf),
      detokenize: ([token = 0]: readonly number[]) => vocabulary[token] ?? "",
      createContext: () => Promise.resolve({ getSequence: () => sequence }),
    };
    return { getLlama: () => Promise.resolve({ loadModel: () => Promise.resolve(model) }) };
  }

  it("asks only for the tokens of the text, and gives -ln p at their places", async () => {
    const seen: unknown[][] = [];
    const lm = llamaCppSurprisal({ model: "/models/tiny.gguf", load: () => Promise.resolve(scriptedLibrary(seen)) });
    const pieces = await lm.score("two words", { prefix: "some context" });
    expect(pieces).toEqual(
      [
        { start: 0, end: 3, nats: expect.closeTo(Math.log(2) + 2, 6) },
        { start: 3, end: 9, nats: expect.closeTo(Math.log(2) + 2, 6) },
      ].map((piece) => ({ ...piece, start: piece.start === 3 ? 4 : piece.start })),
    );
    // Start mark and prefix are read; only what stands before a token of the text is asked for its next.
    expect(seen[0]?.map((entry) => Array.isArray(entry))).toEqual([false, false, true, true, false]);
    expect(lm.name).toBe("tiny.gguf");
  });

  it("lets calls wait for each other", async () => {
    const seen: unknown[][] = [];
    const lm = llamaCppSurprisal({ model: "/models/tiny.gguf", load: () => Promise.resolve(scriptedLibrary(seen)) });
    const results = await Promise.all([lm.score("one two"), lm.score("three four five")]);
    expect(results.map((pieces) => pieces.length)).toEqual([2, 3]);
    expect(seen).toHaveLength(2);
  });
});
