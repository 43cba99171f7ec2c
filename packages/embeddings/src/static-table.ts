import { fileURLToPath } from "node:url";
import { IN_A_BUNDLE } from "./in-a-bundle.ts";
import { loadOnce } from "./load-once.ts";
import { miniLM } from "./mini-lm-encoder.ts";
import { readChecked } from "./read-checked.ts";
import { WeightsError } from "./weights-error.ts";

/** Length of the static vectors. */
export const staticDimensions = 256;

/** Written by scripts/build-static-table.mjs, which prints the sum. */
const file = { url: "../assets/static-table.bin", sha256: "dd5fcea3c9db9a7f219a516fc37d5855de0831acb2ade76431af3ead99d74de4" } as const;

const what = "The rows of the static embedding table";
const fix = `Install them again: npm install @langthrift/embeddings. ${IN_A_BUNDLE} or pass \`tablePath\` and \`modelDirectory\`.`;

/**
 * Where the table lies beside a module of this package.
 * @throws {WeightsError} when a bundler left the module without an address, as in a CommonJS bundle.
 */
export function installedTable(moduleUrl: string | undefined): string {
  if (moduleUrl === undefined) throw new WeightsError(`${what} are missing: a bundle does not know where they were installed. ${fix}`);
  return fileURLToPath(new URL(file.url, moduleUrl));
}

export interface StaticTable {
  /** The unit-length sum of the rows of the word pieces between the two frame tokens; the frame's where there are none. */
  embed(ids: readonly number[]): number[];
}

/**
 * The table, one per process and place: for each word piece 256 signed bytes, then for each a 32-bit float that scales them.
 * @throws {WeightsError} when the file is missing or altered.
 */
export const loadStaticTable: (path?: string) => Promise<StaticTable> = loadOnce(async (path = installedTable(import.meta.url)) => {
  const bytes = await readChecked({
    path,
    sha256: file.sha256,
    what,
    fix,
  });
  const rows = new Int8Array(bytes.buffer, bytes.byteOffset, miniLM.vocabulary * staticDimensions);
  const scales = new Float32Array(bytes.buffer.slice(bytes.byteOffset + rows.length, bytes.byteOffset + bytes.length));
  return {
    embed(ids) {
      const sum = new Float64Array(staticDimensions);
      const [first, last] = ids.length > 2 ? [1, ids.length - 1] : [0, ids.length];
      for (let index = first; index < last; index += 1) {
        const id = ids[index] as number;
        const scale = scales[id] as number;
        const from = id * staticDimensions;
        for (let k = 0; k < staticDimensions; k += 1) (sum[k] as number) += scale * (rows[from + k] as number);
      }
      let squares = 0;
      for (const value of sum) squares += value * value;
      const length = Math.sqrt(squares) || 1;
      return Array.from(sum, (value) => value / length);
    },
  };
});
