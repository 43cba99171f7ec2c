import { createJsKernel } from "./js-kernel.ts";
import type { Kernel } from "./kernel.ts";
import { loadOnce } from "./load-once.ts";
import { createMiniLMEncoder, type MiniLMEncoder } from "./mini-lm-encoder.ts";
import { loadTokenizer, readMiniLMWeights } from "./mini-lm-files.ts";
import { readSafetensors } from "./safetensors.ts";
import { createKernel } from "./wasm-kernel.ts";
import type { WordPieceTokenizer } from "./word-piece-tokenizer.ts";

/** Tokenizer and encoder, ready to use. */
export interface MiniLMModel {
  readonly tokenizer: WordPieceTokenizer;
  readonly encoder: MiniLMEncoder;
}

export interface MiniLMModelOptions {
  readonly kernel: "auto" | "javascript";
  readonly modelDirectory?: string;
}

function loader(createKernel: (bytes: number) => Kernel): (directory?: string) => Promise<MiniLMModel> {
  return loadOnce(async (directory) => {
    const [tokenizer, weights] = await Promise.all([loadTokenizer(directory), readMiniLMWeights(directory)]);
    return { tokenizer, encoder: await createMiniLMEncoder(readSafetensors(weights), createKernel) };
  });
}

const loadAuto = loader(createKernel);
const loadJavaScript = loader(createJsKernel);

/** Loads the model once per process, kernel and place. @throws {WeightsError} when a file is missing or altered. */
export function loadMiniLM({ kernel, modelDirectory }: MiniLMModelOptions): Promise<MiniLMModel> {
  return (kernel === "auto" ? loadAuto : loadJavaScript)(modelDirectory);
}
