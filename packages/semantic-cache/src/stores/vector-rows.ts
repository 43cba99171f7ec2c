import type { RowBlock, RowScanner } from "../kernel/row-scanner.ts";
import { dimensionError } from "./cache-store-error.ts";
import { fixedPointDot, fixedPointNorms, type FixedPointVector, normOf, toQueryCodes } from "./fixed-point.ts";

/** What lies in a row: it knows where, so that it can be removed without a search. */
export interface RowOwner {
  readonly id: string;
  /** ms since epoch */
  readonly expiresAt: number;
  /** Which row of its partition; -1 when in none. Kept by `VectorRows`. */
  row: number;
}

export interface NearRow<Owner> {
  readonly owner: Owner;
  readonly similarity: number;
}

interface Segment {
  readonly block: RowBlock;
  readonly rests: Int16Array;
  readonly steps: Float32Array;
  readonly norms: Float32Array;
}

/** Rows of a full-sized segment. The first ones are smaller, so that a partition of three entries is small. */
const SEGMENT_ROWS = 1024;
const FIRST_ROWS = 8;
/** Segments below row 1,024: 8, 8, 16, 32, … 512 rows. */
const SMALL_SEGMENTS = 1 + Math.log2(SEGMENT_ROWS / FIRST_ROWS);

/** How many of the best by codes alone are scored in full at first, at least. */
const FIRST_CANDIDATES = 16;
/** How many are scored in full at most, when the codes alone cannot tell more of them apart. */
const MOST_CANDIDATES = 256;
/** Room for the rounding of 32-bit scores. */
const ROUNDING = 1e-6;

/**
 * The vectors of one partition, scanned from the first to the last. The codes give an approximate cosine whose error has a known bound:
 * all rows that could be among the k nearest within that bound are scored in full, so the result is that of a scan of the full vectors.
 * More than 256 such rows are possible only among nearly equal vectors; the 256 best by codes are then taken.
 */
export class VectorRows<Owner extends RowOwner> {
  readonly dimension: number;
  readonly #width: number;
  readonly #scanner: RowScanner;
  readonly #segments: Segment[] = [];
  readonly #owners: Owner[] = [];
  /** One row, on its way. */
  readonly #codes: Int8Array;
  /** Largest share of a vector's length that its codes leave out. */
  #error = 0;

  constructor(dimension: number, scanner: RowScanner) {
    this.dimension = dimension;
    this.#width = Math.ceil(dimension / 16) * 16;
    this.#scanner = scanner;
    this.#codes = new Int8Array(dimension);
  }

  get size(): number {
    return this.#owners.length;
  }

  owners(): readonly Owner[] {
    return this.#owners;
  }

  add(owner: Owner, vector: FixedPointVector): void {
    const row = this.#owners.length;
    const { index, at } = locate(row);
    if (index === this.#segments.length) this.#segments.push(this.#newSegment(segmentRows(index)));
    const { block, rests, steps, norms } = this.#segments[index] as Segment;
    const { norm, restNorm } = fixedPointNorms(vector);
    block.write(at, vector.codes);
    block.factors[at] = norm > 0 ? vector.step / norm : 0;
    rests.set(vector.rests, at * this.dimension);
    steps[at] = vector.step;
    norms[at] = norm;
    if (norm > 0) this.#error = Math.max(this.#error, restNorm / norm);
    this.#owners.push(owner);
    owner.row = row;
  }

  /** Moves the last row into the place of the removed one. */
  remove(owner: Owner): void {
    const row = owner.row;
    const lastRow = this.#owners.length - 1;
    const last = this.#owners.pop() as Owner;
    owner.row = -1;
    const from = locate(lastRow);
    if (last !== owner) {
      const to = locate(row);
      const source = this.#segments[from.index] as Segment;
      const target = this.#segments[to.index] as Segment;
      const { dimension } = this;
      source.block.read(from.at, this.#codes);
      target.block.write(to.at, this.#codes);
      target.rests.set(source.rests.subarray(from.at * dimension, (from.at + 1) * dimension), to.at * dimension);
      target.block.factors[to.at] = source.block.factors[from.at] as number;
      target.steps[to.at] = source.steps[from.at] as number;
      target.norms[to.at] = source.norms[from.at] as number;
      this.#owners[row] = last;
      last.row = row;
    }
    // The emptied segment is kept while the one before it is full: an entry that comes and goes would allocate each time.
    const spare = this.#segments.length - 1;
    if (spare > from.index || (lastRow === 0 && spare === 0)) this.#releaseLast();
  }

  read(owner: Owner): FixedPointVector {
    const { index, at } = locate(owner.row);
    const { block, rests, steps } = this.#segments[index] as Segment;
    const codes = new Int8Array(this.dimension);
    block.read(at, codes);
    return {
      step: steps[at] as number,
      codes,
      rests: rests.slice(at * this.dimension, (at + 1) * this.dimension),
    };
  }

  /** The nearest rows not expired at `now`, closest first, ties by id. */
  search(query: Float32Array, k: number, now: number): NearRow<Owner>[] {
    if (query.length !== this.dimension) throw dimensionError(this.dimension, query.length);
    const count = this.#owners.length;
    const { codes, step, errorNorm } = toQueryCodes(query, this.#width);
    const norm = normOf(query);
    const scores = this.#scores(codes, count);
    // From here on a score is a similarity when multiplied by this.
    const unit = norm > 0 ? step / norm : 0;

    const candidates = Math.max(FIRST_CANDIDATES, 2 * k);
    const first = this.#best(scores, count, candidates, -Infinity, now);
    const near = this.#inFull(first, query, norm);
    if (first.length < candidates) return near.slice(0, k);

    const bound = this.#error + (norm > 0 ? ((1 + this.#error) * errorNorm) / norm : 0) + ROUNDING;
    const floor = unit > 0 ? ((near[k - 1] as NearRow<Owner>).similarity - bound) / unit : 0;
    if ((scores[first[0] as number] as number) < floor) return near.slice(0, k);
    return this.#inFull(this.#best(scores, count, Math.max(MOST_CANDIDATES, candidates), floor, now), query, norm).slice(0, k);
  }

  clear(): void {
    while (this.#segments.length > 0) this.#releaseLast();
    for (const owner of this.#owners) owner.row = -1;
    this.#owners.length = 0;
  }

  #scores(query: Int16Array, count: number): Float32Array {
    const scores = scratch(count);
    this.#scanner.load(query);
    let at = 0;
    for (const { block } of this.#segments) {
      const rows = Math.min(block.capacity, count - at);
      if (rows <= 0) break;
      this.#scanner.score(block, rows, scores, at);
      at += rows;
    }
    return scores;
  }

  /** The rows with the highest scores of at least `floor`, as a heap whose first is the lowest. */
  #best(scores: Float32Array, count: number, most: number, floor: number, now: number): number[] {
    const heap: number[] = [];
    let worst = floor;
    for (let row = 0; row < count; row += 1) {
      const score = scores[row] as number;
      if (score < worst || (heap.length === most && score === worst)) continue;
      if ((this.#owners[row] as Owner).expiresAt <= now) continue;
      if (heap.length < most) {
        siftUp(heap, row, scores);
        if (heap.length === most) worst = scores[heap[0] as number] as number;
      } else {
        siftDown(heap, row, scores);
        worst = scores[heap[0] as number] as number;
      }
    }
    return heap;
  }

  #inFull(rows: readonly number[], query: Float32Array, norm: number): NearRow<Owner>[] {
    const near = rows.map((row) => {
      const { index, at } = locate(row);
      const { block, rests, steps, norms } = this.#segments[index] as Segment;
      const lengths = (norms[at] as number) * norm;
      block.read(at, this.#codes);
      const dot = fixedPointDot(steps[at] as number, this.#codes, rests, at * this.dimension, query);
      return { owner: this.#owners[row] as Owner, similarity: lengths > 0 ? Math.min(1, Math.max(-1, dot / lengths)) : 0 };
    });
    return near.sort((a, b) => b.similarity - a.similarity || (a.owner.id < b.owner.id ? -1 : 1));
  }

  #newSegment(rows: number): Segment {
    return {
      block: this.#scanner.allocate(rows, this.#width),
      rests: new Int16Array(rows * this.dimension),
      steps: new Float32Array(rows),
      norms: new Float32Array(rows),
    };
  }

  #releaseLast(): void {
    const segment = this.#segments.pop();
    if (segment) this.#scanner.release(segment.block);
  }
}

function segmentRows(index: number): number {
  if (index === 0) return FIRST_ROWS;
  return index < SMALL_SEGMENTS ? FIRST_ROWS << (index - 1) : SEGMENT_ROWS;
}

function locate(row: number): { readonly index: number; readonly at: number } {
  if (row >= SEGMENT_ROWS) return { index: SMALL_SEGMENTS - 1 + Math.floor(row / SEGMENT_ROWS), at: row % SEGMENT_ROWS };
  if (row < FIRST_ROWS) return { index: 0, at: row };
  const power = 31 - Math.clz32(row / FIRST_ROWS);
  return { index: power + 1, at: row - (FIRST_ROWS << power) };
}

/** One array for the scores of all searches: they run one after the other, and none keeps it. */
let shared = new Float32Array(0);

function scratch(count: number): Float32Array {
  if (shared.length < count) shared = new Float32Array(Math.ceil(count * 1.25));
  return shared;
}

function siftUp(heap: number[], row: number, scores: Float32Array): void {
  const score = scores[row] as number;
  let at = heap.length;
  heap.push(row);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as number;
    if ((scores[above] as number) <= score) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = row;
}

/** Replaces the first. */
function siftDown(heap: number[], row: number, scores: Float32Array): void {
  const score = scores[row] as number;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (scores[heap[child + 1] as number] as number) < (scores[heap[child] as number] as number)) child += 1;
    const below = heap[child] as number;
    if ((scores[below] as number) >= score) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = row;
}
