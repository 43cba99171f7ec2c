import { approximateTokenCounter, InvalidOptionError, MissingPeerError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { FallbackCompressor } from "../fallback-compressor.ts";
import { StopWordCompressor } from "../stop-words/stop-word-compressor.ts";
import { LLMLingua2Compressor } from "./llmlingua2-compressor.ts";
import { transformersTokenClassifier, type TransformersModule } from "./transformers-token-classifier.ts";

const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };

/** The library's shape: a piece a word, and a classifier that keeps words of more than four letters. */
function scriptedLibrary(asked: string[] = []): TransformersModule {
  const words = (text: string): string[] => text.match(/[\p{L}]+|[^\s\p{L}]/gu) ?? [];
  const tokenizer = Object.assign((text: string) => ({ pieces: words(text) }), { tokenize: words });
  const model = ({ pieces }: { pieces: string[] }) => {
    const rows = [[0, 0], ...pieces.map((word) => [0, word.length > 4 ? 3 : -3]), [0, 0]];
    return Promise.resolve({ logits: { data: rows.flat(), dims: [1, rows.length, 2] } });
  };
  return {
    AutoTokenizer: { from_pretrained: (name, options) => Promise.resolve(asked.push(name, JSON.stringify(options)) && tokenizer) },
    AutoModelForTokenClassification: {
      from_pretrained: (name, options) => Promise.resolve(asked.push(name, JSON.stringify(options)) && model),
    },
  };
}

describe("transformersTokenClassifier", () => {
  it("gives class 1 of the softmax at the place of each piece, and allows no download", async () => {
    const asked: string[] = [];
    const classifier = transformersTokenClassifier({
      model: "tiny",
      modelDir: "/models",
      load: () => Promise.resolve(scriptedLibrary(asked)),
    });
    const [tokens = []] = await classifier.classify(["The manager left"]);
    expect(tokens.map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [4, 11],
      [12, 16],
    ]);
    expect(tokens.map(({ keep }) => keep)).toEqual([expect.closeTo(0.0474, 3), expect.closeTo(0.9526, 3), expect.closeTo(0.0474, 3)]);
    expect(asked).toEqual(["/models/tiny", '{"local_files_only":true}', "/models/tiny", '{"local_files_only":true,"dtype":"q8"}']);
  });

  it("loads once, works in the compressor, and keeps what the preserve rules name", async () => {
    const asked: string[] = [];
    const classifier = transformersTokenClassifier({
      model: "tiny",
      modelDir: "/models",
      load: () => Promise.resolve(scriptedLibrary(asked)),
    });
    const compressor = new LLMLingua2Compressor({ classifier, rate: 0.55 });
    const { text } = await compressor.compress("We do not ship it to the warehouse of our customers on day 12.", options);
    await compressor.compress("Another text that goes through the same classifier.", options);
    expect(asked).toHaveLength(4);
    expect(text).toContain("not");
    expect(text).toContain("warehouse");
    expect(text).toContain("12.");
    expect(text).not.toContain(" to ");
  });

  it("names the missing library, and a fallback goes on and says so", async () => {
    const classifier = transformersTokenClassifier({
      model: "tiny",
      modelDir: "/models",
      load: () => Promise.reject(new MissingPeerError({ peer: "@huggingface/transformers", option: "x", range: "^4" })),
    });
    await expect(classifier.classify(["a"])).rejects.toThrow(MissingPeerError);
    const compressor = new FallbackCompressor([new LLMLingua2Compressor({ classifier }), new StopWordCompressor({ level: "strong" })]);
    const { text, stats, warnings } = await compressor.compress("The parcel was in the hall of the station.", options);
    expect(text).toBe("parcel hall station.");
    expect(stats.stages.map(({ name, skipped }) => [name, skipped])).toEqual([
      ["llmlingua2-tiny", "error"],
      ["stop-words-strong-en", undefined],
    ]);
    expect(warnings.join(" ")).toContain("MissingPeerError");
  });

  it("refuses to be built without a folder", () => {
    const before = process.env["LANGTHRIFT_MODEL_DIR"];
    delete process.env["LANGTHRIFT_MODEL_DIR"];
    try {
      expect(() => transformersTokenClassifier({ model: "tiny" })).toThrow(InvalidOptionError);
    } finally {
      if (before !== undefined) process.env["LANGTHRIFT_MODEL_DIR"] = before;
    }
  });
});
