/** Room for a number of rows of 8-bit numbers, and one factor a row. How rows lie in memory is the scanner's affair. */
export interface RowBlock {
  /** How many rows fit; a multiple of 8. */
  readonly capacity: number;
  /** Sets the first numbers of a row; the rest of a row is 0 from the start. */
  write(row: number, codes: Int8Array): void;
  /** Fills `into` with the first numbers of a row. */
  read(row: number, into: Int8Array): void;
  /** What the dot product of each row is multiplied by. Read the field anew after every `allocate`, which may move it. */
  readonly factors: Float32Array;
}

/** Scores blocks of rows against one query at a time. All implementations give the same numbers, to the last bit. */
export interface RowScanner {
  readonly kind: "wasm" | "js";
  /** @param width Numbers in a row, a multiple of 16. */
  allocate(capacity: number, width: number): RowBlock;
  release(block: RowBlock): void;
  /** The query of the coming `score` calls: as many 16-bit numbers as a row has. The sum of products must stay below 2^31. */
  load(query: Int16Array): void;
  /** Writes `dot(row, query) * factor` of the first `rows` rows into `into`, from `at` on. */
  score(block: RowBlock, rows: number, into: Float32Array, at: number): void;
}
