import { describe, expect, it } from "vitest";
import {
  type Compressor,
  ExtractiveCompressor,
  FallbackCompressor,
  LLMLingua2Compressor,
  LLMLinguaCompressor,
  LosslessCompressor,
  PipelineCompressor,
  SelfInformationCompressor,
  StopWordCompressor,
  ToolOutputCompressor,
} from "../index.ts";
import { compressorSuite } from "./compressor-suite.ts";

const words = (text: string) =>
  Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ start: index, end: index + word.length, word }));
const classifier = {
  name: "by-length",
  classify: (texts: readonly string[]) =>
    Promise.resolve(texts.map((text) => words(text).map(({ word, ...range }) => ({ ...range, keep: Math.min(1, word.length / 12) })))),
};
const lm = {
  name: "by-length",
  score: (text: string) => Promise.resolve(words(text).map(({ word, ...range }) => ({ ...range, nats: word.length }))),
};

const makers: [name: string, create: () => Compressor][] = [
  ["lossless", () => new LosslessCompressor({ aliasIds: true, htmlComments: true })],
  ["stop words, safe", () => new StopWordCompressor()],
  ["stop words, strong", () => new StopWordCompressor({ level: "strong" })],
  ["stop words, strong, German", () => new StopWordCompressor({ level: "strong", language: "de" })],
  ["extractive", () => new ExtractiveCompressor()],
  ["textrank", () => new ExtractiveCompressor({ ranker: "textrank" })],
  ["tool output", () => new ToolOutputCompressor()],
  ["self-information", () => new SelfInformationCompressor()],
  ["self-information by a model", () => new SelfInformationCompressor({ lm })],
  ["LLMLingua-2", () => new LLMLingua2Compressor({ classifier })],
  ["LLMLingua", () => new LLMLinguaCompressor({ lm })],
  ["pipeline", () => new PipelineCompressor([new LosslessCompressor(), new ExtractiveCompressor(), new StopWordCompressor()])],
  ["fallback", () => new FallbackCompressor([new ExtractiveCompressor(), new StopWordCompressor()])],
];

describe.each(makers)("%s", (_name, create) => {
  compressorSuite({ test: it, expect, create, capabilities: { keepsCode: true } });
});
