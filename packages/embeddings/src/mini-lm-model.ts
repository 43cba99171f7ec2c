import { createJsKernel } from "./js-kernel.ts";
import { createMiniLMEncoder, type MiniLMEncoder } from "./mini-lm-encoder.ts";
import { readMiniLMFiles } from "./mini-lm-files.ts";
import { readSafetensors } from "./safetensors.ts";
import { createKernel } from "./wasm-kernel.ts";
import { createWordPieceTokenizer, type WordPieceTokenizer } from "./word-piece-tokenizer.ts";

/** Tokenizer and encoder, ready to use. */
export interface MiniLMModel {
  readonly tokenizer: WordPieceTokenizer;
  readonly encoder: MiniLMEncoder;
}

export interface MiniLMModelOptions {
  readonly kernel: "auto" | "javascript";
  readonly modelDirectory?: string;
}

const loading = new Map<string, Promise<MiniLMModel>>();

async function load({ kernel, modelDirectory }: MiniLMModelOptions): Promise<MiniLMModel> {
  const { weights, vocabulary } = await readMiniLMFiles(modelDirectory);
  return {
    tokenizer: createWordPieceTokenizer(vocabulary),
    encoder: await createMiniLMEncoder(readSafetensors(weights), kernel === "auto" ? createKernel : createJsKernel),
  };
}

/** Loads the model once per process and place; a failed load is forgotten, so that the next call tries again. */
export function loadMiniLM(options: MiniLMModelOptions): Promise<MiniLMModel> {
  const key = JSON.stringify([options.kernel, options.modelDirectory ?? null]);
  let model = loading.get(key);
  if (model === undefined) {
    model = load(options);
    loading.set(key, model);
    model.catch(() => loading.delete(key));
  }
  return model;
}
