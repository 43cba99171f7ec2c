import { setImmediate } from "node:timers/promises";
import { type Kernel, rowsPerGroup } from "./kernel.ts";
import { packWeights } from "./pack-weights.ts";
import { halfValues, type HalfTensors } from "./safetensors.ts";

/** The shape of all-MiniLM-L6-v2. */
export const miniLM = {
  dimensions: 384,
  heads: 12,
  layers: 6,
  intermediate: 1536,
  vocabulary: 30_522,
  positions: 512,
  /** Word pieces the model was tuned on; more are cut off. */
  maxTokens: 256,
} as const;

const { dimensions, heads, layers, intermediate } = miniLM;

export interface MiniLMEncoder {
  readonly kernel: Kernel["name"];
  /** One unit-length vector for the word pieces of one text, at most `miniLM.maxTokens` of them. Synchronous. */
  encode(ids: readonly number[]): number[];
}

interface Linear {
  readonly weights: number;
  readonly scales: number;
  readonly bias: number;
  readonly inner: number;
  readonly outer: number;
  /** Largest integer an input may become without a sum leaving 32 bits. */
  readonly inputLimit: number;
}

interface Layer {
  readonly project: Linear;
  readonly combine: Linear;
  readonly widen: Linear;
  readonly narrow: Linear;
  readonly firstNorm: Norm;
  readonly secondNorm: Norm;
}

interface Norm {
  readonly gain: number;
  readonly shift: number;
}

/** Bytes of one layer's integers and floats, and of the buffers for the longest text; a little more for alignment. */
function memoryBytes(): number {
  const weights = layers * (4 * dimensions * dimensions + 2 * dimensions * intermediate) * 2;
  const vectors = layers * (2 * (4 * dimensions + intermediate + dimensions) + 4 * dimensions) * 4 + 2 * dimensions * 4;
  const buffers = miniLM.maxTokens * (dimensions * 3 + dimensions * 3 + intermediate + intermediate / 2 + 3) * 4;
  return weights + vectors + buffers + 65_536;
}

/**
 * The forward pass of all-MiniLM-L6-v2: embedding, six transformer layers, mean over the tokens, unit length.
 * Weights are rounded to 12 bits with a scale for each row, activations to 12 or more bits with a scale for each token.
 *
 * @see Wang et al. 2020, "MiniLM"; Reimers & Gurevych 2019, "Sentence-BERT"
 */
export async function createMiniLMEncoder(tensors: HalfTensors, createKernel: (bytes: number) => Kernel): Promise<MiniLMEncoder> {
  const kernel = createKernel(memoryBytes());
  const floats = new Float32Array(kernel.memory);
  const halves = halfValues();
  let end = 0;

  function reserve(bytes: number): number {
    const at = end;
    // Whole cache lines: weights that straddle them take a fifth longer to read.
    end += Math.ceil(bytes / 64) * 64;
    return at;
  }

  function vector(...names: readonly string[]): number {
    const parts = names.map((name) => tensors.get(name, name.includes("intermediate") ? intermediate : dimensions));
    const at = reserve(4 * parts.reduce((sum, part) => sum + part.length, 0));
    let to = at / 4;
    for (const part of parts) for (const bits of part) floats[to++] = halves[bits] as number;
    return at;
  }

  /** Rounds and packs the rows of one or more matrices, one below the other, as `Kernel.linear` reads them. */
  function linear(names: readonly string[], inner: number, rowsOfEach: number): Linear {
    const outer = rowsOfEach * names.length;
    const weights = reserve(inner * outer * 2);
    const scales = reserve(outer * 4);
    const target = {
      weights: new Int16Array(kernel.memory, weights, inner * outer),
      scales: new Float32Array(kernel.memory, scales, outer),
    };
    const sums = names.map((name, index) =>
      packWeights(tensors.get(`${name}.weight`, inner * rowsOfEach), inner, index * rowsOfEach, target),
    );
    const inputLimit = Math.min(32_767, Math.floor((2 ** 31 - 1) / Math.max(1, ...sums)));
    return { weights, scales, bias: vector(...names.map((name) => `${name}.bias`)), inner, outer, inputLimit };
  }

  function norm(name: string): Norm {
    return { gain: vector(`${name}.weight`), shift: vector(`${name}.bias`) };
  }

  function layer(index: number): Layer {
    const name = `encoder.layer.${index}`;
    const attention = ["query", "key", "value"].map((part) => `${name}.attention.self.${part}`);
    return {
      project: linear(attention, dimensions, dimensions),
      combine: linear([`${name}.attention.output.dense`], dimensions, dimensions),
      widen: linear([`${name}.intermediate.dense`], dimensions, intermediate),
      narrow: linear([`${name}.output.dense`], intermediate, dimensions),
      firstNorm: norm(`${name}.attention.output.LayerNorm`),
      secondNorm: norm(`${name}.output.LayerNorm`),
    };
  }

  const stack: Layer[] = [];
  for (let index = 0; index < layers; index += 1) {
    stack.push(layer(index));
    // Some 40 ms each: other tasks of the process get a turn between.
    await setImmediate();
  }

  // Copies, so that the rest of the file can be freed.
  const words = tensors.get("embeddings.word_embeddings.weight", miniLM.vocabulary * dimensions).slice();
  const places = tensors.get("embeddings.position_embeddings.weight", miniLM.positions * dimensions).slice();
  const kind = tensors.get("embeddings.token_type_embeddings.weight", 2 * dimensions).slice(0, dimensions);
  const inputNorm = norm("embeddings.LayerNorm");

  const rowsMost = Math.ceil(miniLM.maxTokens / rowsPerGroup) * rowsPerGroup;
  const hidden = reserve(rowsMost * dimensions * 4);
  const mixed = reserve(rowsMost * dimensions * 4);
  const projected = reserve(rowsMost * dimensions * 3 * 4);
  const attended = reserve(rowsMost * dimensions * 4);
  const wide = reserve(rowsMost * intermediate * 4);
  const packed = reserve(rowsMost * intermediate * 2);
  const packedScales = reserve(rowsMost * 4);
  const scratch = reserve(rowsMost * 4);

  function apply(part: Linear, from: number, to: number, rows: number): void {
    kernel.quantize(from, packed, packedScales, rows, part.inner, part.inputLimit);
    kernel.linear(packed, packedScales, part.weights, part.scales, part.bias, to, rows, part.inner, part.outer);
  }

  function embed(ids: readonly number[]): void {
    for (const [row, id] of ids.entries()) {
      for (let k = 0; k < dimensions; k += 1) {
        const at = row * dimensions + k;
        floats[hidden / 4 + at] = halves[words[id * dimensions + k] as number] as number;
        floats[mixed / 4 + at] = (halves[places[at] as number] as number) + (halves[kind[k] as number] as number);
      }
    }
    kernel.addNorm(hidden, mixed, inputNorm.gain, inputNorm.shift, ids.length, dimensions);
  }

  function meanOfUnitLength(rows: number): number[] {
    const mean = Array.from({ length: dimensions }, () => 0);
    for (let row = 0; row < rows; row += 1) {
      for (let k = 0; k < dimensions; k += 1) (mean[k] as number) += floats[hidden / 4 + row * dimensions + k] as number;
    }
    const length = Math.hypot(...mean) || 1;
    return mean.map((value) => value / length);
  }

  return {
    kernel: kernel.name,
    encode(ids) {
      const rows = ids.length;
      embed(ids);
      for (const layer of stack) {
        apply(layer.project, hidden, projected, rows);
        kernel.attention(projected, attended, scratch, rows, heads);
        apply(layer.combine, attended, mixed, rows);
        kernel.addNorm(hidden, mixed, layer.firstNorm.gain, layer.firstNorm.shift, rows, dimensions);
        apply(layer.widen, hidden, wide, rows);
        kernel.gelu(wide, rows * intermediate);
        apply(layer.narrow, wide, mixed, rows);
        kernel.addNorm(hidden, mixed, layer.secondNorm.gain, layer.secondNorm.shift, rows, dimensions);
      }
      return meanOfUnitLength(rows);
    },
  };
}
