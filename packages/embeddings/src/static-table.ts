import { fileURLToPath } from "node:url";
import { loadOnce } from "./load-once.ts";
import { miniLM } from "./mini-lm-encoder.ts";
import { readChecked } from "./read-checked.ts";

/** Length of the static vectors. */
export const staticDimensions = 256;

/** Written by scripts/build-static-table.mjs, which prints the sum. */
const file = { url: "../assets/static-table.bin", sha256: "dd5fcea3c9db9a7f219a516fc37d5855de0831acb2ade76431af3ead99d74de4" } as const;

export interface StaticTable {
  /** The unit-length sum of the rows of the word pieces between the two frame tokens; the frame's where there are none. */
  embed(ids: readonly number[]): number[];
}

/**
 * The table, one per process and place: for each word piece 256 signed bytes, then for each a 32-bit float that scales them.
 * @throws {WeightsError} when the file is missing or altered.
 */
export const loadStaticTable: (path?: string) => Promise<StaticTable> = loadOnce(
  async (path = fileURLToPath(new URL(file.url, import.meta.url))) => {
    const bytes = await readChecked({
      path,
      sha256: file.sha256,
      what: "The rows of the static embedding table",
      fix: "Install them again: npm install @langthrift/embeddings",
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
  },
);
