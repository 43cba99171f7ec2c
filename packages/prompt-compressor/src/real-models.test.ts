import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExtractiveCompressor, FallbackCompressor, LLMLingua2Compressor, LLMLinguaCompressor, SelfInformationCompressor } from "./index.ts";
import { llamaCppSurprisal } from "./llama-cpp.ts";
import { transformersTokenClassifier } from "./transformers.ts";

/** Models and libraries are the user's: without them these tests are skipped, and the one at the end shows what happens then. */
const folder = process.env["LANGTHRIFT_MODEL_DIR"];
const names = folder !== undefined && existsSync(folder) ? readdirSync(folder) : [];
const gguf = names.find((name) => name.endsWith(".gguf"));
const classifiers = names.filter(
  (name) => existsSync(join(folder as string, name, "onnx")) && existsSync(join(folder as string, name, "config.json")),
);
const canImport = (name: string): Promise<boolean> =>
  import(name).then(
    () => true,
    () => false,
  );
const hasLlama = gguf !== undefined && (await canImport("node-llama-cpp"));
const hasTransformers = classifiers.length > 0 && (await canImport("@huggingface/transformers"));

const MINUTES = 60_000;
const options = { minTokens: 0, minGain: 0, timeoutMs: 10 * MINUTES };
const meeting = `John: So, um, I've been thinking about the project, you know, and I believe we need to, uh, make some changes. I mean, we want the project to succeed, right?
Sarah: Totally agree. I think we could move the deadline from March 3 to April 12, but not the budget of $40,000.`;

describe.skipIf(!hasLlama)("a language model (needs node-llama-cpp and a .gguf file in LANGTHRIFT_MODEL_DIR)", () => {
  const lm = llamaCppSurprisal({ model: gguf ?? "none.gguf", modelDir: folder ?? "." });

  it(
    "expects Paris sooner than a banana, and a text sooner behind itself",
    async () => {
      const prefix = "The capital of France is";
      const [paris, banana] = [await lm.score(" Paris", { prefix }), await lm.score(" banana", { prefix })];
      expect(paris[0]?.nats).toBeLessThan(banana[0]?.nats ?? 0);
      const [alone, again] = [
        await lm.score("Zebras hum quietly."),
        await lm.score("Zebras hum quietly.", { prefix: "Zebras hum quietly. " }),
      ];
      const sum = (pieces: readonly { nats: number }[]) => pieces.reduce((total, { nats }) => total + nats, 0);
      expect(sum(again)).toBeLessThan(sum(alone) / 2);
    },
    10 * MINUTES,
  );

  it(
    "shortens to the rate, and keeps numbers and negations",
    async () => {
      for (const compressor of [new LLMLinguaCompressor({ lm }), new SelfInformationCompressor({ lm })]) {
        const { text, stats, skipped } = await compressor.compress(meeting, { ...options, rate: 0.7 });
        expect(skipped).toBeUndefined();
        expect(stats.ratio).toBeLessThanOrEqual(0.7);
        for (const kept of ["$40,000", "not", "12"]) expect(text).toContain(kept);
      }
    },
    20 * MINUTES,
  );
});

describe.skipIf(!hasTransformers).each(classifiers.length > 0 ? classifiers : ["none"])(
  "a token classifier, %s (needs @huggingface/transformers and a folder with onnx/ in LANGTHRIFT_MODEL_DIR)",
  (model) => {
    it(
      "places every piece, and shortens to the rate",
      async () => {
        const classifier = transformersTokenClassifier({ model, modelDir: folder ?? ".", dtype: "fp32" });
        const [tokens = []] = await classifier.classify([meeting]);
        expect(tokens.map(({ start, end }) => meeting.slice(start, end)).join("")).toBe(meeting.replace(/\s/g, ""));
        for (const { keep } of tokens) expect(keep >= 0 && keep <= 1).toBe(true);
        const { text, stats, skipped } = await new LLMLingua2Compressor({ classifier }).compress(meeting, { ...options, rate: 0.7 });
        expect(skipped).toBeUndefined();
        expect(stats.ratio).toBeLessThanOrEqual(0.7);
        expect(text).toContain("$40,000");
      },
      10 * MINUTES,
    );
  },
);

it("works without model and library, and says which way it took", async () => {
  const absent = { modelDir: "/nowhere" };
  const compressor = new FallbackCompressor([
    new LLMLingua2Compressor({ classifier: transformersTokenClassifier({ model: "no-such-classifier", ...absent }) }),
    new LLMLinguaCompressor({ lm: llamaCppSurprisal({ model: "no-such-model.gguf", ...absent }) }),
    new ExtractiveCompressor(),
  ]);
  const { stats, warnings } = await compressor.compress(meeting.repeat(3), { minTokens: 0, rate: 0.5, timeoutMs: MINUTES });
  expect(stats.stages.map(({ name, skipped }) => [name, skipped])).toEqual([
    ["llmlingua2-no-such-classifier", "error"],
    ["llmlingua-no-such-model.gguf", "error"],
    ["extractive-bm25", undefined],
  ]);
  expect(stats.ratio).toBeLessThanOrEqual(0.5);
  expect(warnings.at(-1)).toContain("extractive-bm25 was used instead");
}, 120_000);
