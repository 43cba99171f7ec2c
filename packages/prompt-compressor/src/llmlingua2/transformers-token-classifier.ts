import { InvalidOptionError, MissingPeerError } from "@langthrift/core";
import { basename, isAbsolute, resolve } from "node:path";
import { alignPieces } from "./align-pieces.ts";
import type { ClassifiedToken, TokenClassifier } from "./token-classifier.ts";

/** What is used of `@huggingface/transformers` 4. */
export interface TransformersModule {
  readonly AutoTokenizer: { from_pretrained(model: string, options?: object): Promise<unknown> };
  readonly AutoModelForTokenClassification: { from_pretrained(model: string, options?: object): Promise<unknown> };
}

interface Tokenizer {
  (text: string, options: object): unknown;
  tokenize(text: string): string[];
}

type Model = (inputs: unknown) => Promise<{ readonly logits: { readonly data: ArrayLike<number>; readonly dims: readonly number[] } }>;

/** Options of {@link transformersTokenClassifier}. */
export interface TransformersTokenClassifierOptions {
  /** The model's folder: a path, or a name in `modelDir`, for example "llmlingua-2-bert-base-multilingual-cased-meetingbank". */
  readonly model: string;
  /** Where the models are. Nothing is ever downloaded. @default the environment variable LANGTHRIFT_MODEL_DIR */
  readonly modelDir?: string;
  /** As of Transformers.js: "fp32", "q8". @default "q8" */
  readonly dtype?: string;
  /** @default import("@huggingface/transformers"), at the first call */
  readonly load?: () => Promise<TransformersModule>;
}

const PEER = "@huggingface/transformers";
const RANGE = "^4.2.0";
/** Class of the tokens that stay, in the published LLMLingua-2 models. */
const KEEP = 1;

/**
 * A token classifier through Transformers.js, from a local folder. Loaded at the first call.
 *
 * @throws {InvalidOptionError} without a folder. The first call rejects with `MissingPeerError` where the library is not installed; put the compressor
 *   into a `FallbackCompressor` to go on without.
 */
export function transformersTokenClassifier(options: TransformersTokenClassifierOptions): TokenClassifier {
  const { model, modelDir = process.env["LANGTHRIFT_MODEL_DIR"], dtype = "q8", load = importPeer } = options;
  if (!isAbsolute(model) && (modelDir === undefined || modelDir === "")) {
    throw new InvalidOptionError("`modelDir` is missing. Pass the folder that holds the model, or set LANGTHRIFT_MODEL_DIR.");
  }
  const folder = isAbsolute(model) ? model : resolve(modelDir as string, model);
  let loading: Promise<readonly [Tokenizer, Model]> | undefined;

  async function loadModel(): Promise<readonly [Tokenizer, Model]> {
    const { AutoTokenizer, AutoModelForTokenClassification } = await load();
    // A path and not a name, so that the library's own settings, which others in the process share, stay as they are.
    const parts = [
      AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
      AutoModelForTokenClassification.from_pretrained(folder, { local_files_only: true, dtype }),
    ] as const;
    return (await Promise.all(parts)) as unknown as readonly [Tokenizer, Model];
  }

  return {
    name: basename(model),
    maxTokens: 510,
    async classify(texts, signal) {
      // A load that failed is tried again: the folder may be there by then.
      loading ??= loadModel().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      const [tokenizer, classifier] = await loading;
      const results: ClassifiedToken[][] = [];
      for (const text of texts) {
        signal?.throwIfAborted();
        const { logits } = await classifier(tokenizer(text, { truncation: true, max_length: 512 }));
        results.push(keepProbabilities(text, tokenizer.tokenize(text), logits));
      }
      return results;
    },
  };
}

/** The first row of logits belongs to the start mark. */
function keepProbabilities(
  text: string,
  pieces: readonly string[],
  { data, dims }: { data: ArrayLike<number>; dims: readonly number[] },
): ClassifiedToken[] {
  const [, length = 0, classes = 2] = dims;
  return alignPieces(text, pieces).flatMap((range, piece) => {
    const row = piece + 1;
    if (!range || row >= length - 1) return [];
    const values = Array.from({ length: classes }, (_value, index) => Number(data[row * classes + index]));
    const most = Math.max(...values);
    const weights = values.map((value) => Math.exp(value - most));
    return [{ ...range, keep: (weights[KEEP] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0) }];
  });
}

async function importPeer(): Promise<TransformersModule> {
  // A name in a variable, because the library is large and need not be installed.
  const name: string = PEER;
  try {
    return (await import(name)) as TransformersModule;
  } catch (cause) {
    throw new MissingPeerError({ peer: PEER, option: "transformersTokenClassifier", range: RANGE }, { cause });
  }
}
