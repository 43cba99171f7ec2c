/** Rows (tokens) that one pass over the weights serves together. */
export const rowsPerGroup = 2;
/** Output columns that lie together in packed weights. */
export const columnsPerBlock = 16;
/** Largest integer a weight becomes: 12 bits, which leave 12 to 14 for the activations. */
export const weightLimit = 2047;

/**
 * The arithmetic of the model over one memory. All positions are byte offsets into `memory`, multiples of 16; all real
 * numbers are 32-bit floats. The WebAssembly and the JavaScript kernel give the same results up to rounding.
 */
export interface Kernel {
  readonly name: "wasm" | "javascript";
  readonly memory: ArrayBuffer;

  /**
   * Rounds `rows` × `columns` floats to 16-bit integers of at most `limit`, with one scale a row. The result is packed as `linear` reads it: groups of two rows, in each the pairs of columns 2k, 2k + 1 of both rows. A missing row
   * is 0. `columns` is a multiple of 4.
   */
  quantize(from: number, to: number, scales: number, rows: number, columns: number, limit: number): void;

  /**
   * output[r][c] = bias[c] + inputScales[r] * weightScales[c] * Σ input[r][k] * weights[c][k], summed exactly.
   * `weights` holds blocks of sixteen outputs, in each the pairs of inputs 2k, 2k + 1 of all sixteen, 16-bit. The
   * caller sees to it that no sum leaves 32 bits.
   * `inner` is even, `outer` a multiple of 16. `output` needs room for full groups of rows.
   */
  linear(
    input: number,
    inputScales: number,
    weights: number,
    weightScales: number,
    bias: number,
    output: number,
    rows: number,
    inner: number,
    outer: number,
  ): void;

  /** Adds `other` to `target` in place and normalises each row to mean 0, variance 1, then scales and shifts. */
  addNorm(target: number, other: number, gain: number, shift: number, rows: number, columns: number): void;

  /** x Φ(x) in place on `count` floats, a multiple of 4. @see Hendrycks & Gimpel 2016 */
  gelu(at: number, count: number): void;

  /**
   * Softmax attention of heads 32 wide. `projected` has the queries, keys and values of a row side by side
   * (3 × 32 × heads floats), `output` 32 × heads floats a row; `scratch` has room for `rows` floats, rounded up to 4.
   */
  attention(projected: number, output: number, scratch: number, rows: number, heads: number): void;
}
