import { columnsPerBlock, type Kernel, rowsPerGroup } from "./kernel.ts";

const headWidth = 32;

/** Error function to 1.5e-7. @see Abramowitz & Stegun 1964, 7.1.26 */
function erf(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-z * z));
}

/** The kernel in plain JavaScript, for a platform without WebAssembly SIMD. About ten times slower. */
export function createJsKernel(bytes: number): Kernel {
  const memory = new ArrayBuffer(bytes);
  const floats = new Float32Array(memory);
  const shorts = new Int16Array(memory);
  // All indexes are in range by construction; this spares each read an undefined check.
  const f = (index: number): number => floats[index] as number;

  return {
    name: "javascript",
    memory,

    quantize(from, to, scales, rows, columns, limit) {
      const source = from / 4;
      const groups = Math.ceil(rows / rowsPerGroup);
      shorts.fill(0, to / 2, to / 2 + groups * rowsPerGroup * columns);
      for (let row = 0; row < rows; row += 1) {
        let most = 0;
        for (let k = 0; k < columns; k += 1) most = Math.max(most, Math.abs(f(source + row * columns + k)));
        const scale = most === 0 ? 1 : most / limit;
        floats[scales / 4 + row] = scale;
        const group = to / 2 + Math.floor(row / rowsPerGroup) * rowsPerGroup * columns + (row % rowsPerGroup) * 2;
        for (let k = 0; k < columns; k += 1) {
          const at = group + (k >> 1) * rowsPerGroup * 2 + (k & 1);
          shorts[at] = Math.round(f(source + row * columns + k) / scale);
        }
      }
    },

    linear(input, inputScales, weights, weightScales, bias, output, rows, inner, outer) {
      for (let column = 0; column < outer; column += 1) {
        const lane = column % columnsPerBlock;
        const firstWeight = weights / 2 + (column - lane) * inner + lane * 2;
        const columnScale = f(weightScales / 4 + column);
        const columnBias = f(bias / 4 + column);
        for (let row = 0; row < rows; row += rowsPerGroup) {
          // Two rows at once, so that each weight is read once for both.
          let first = 0;
          let second = 0;
          let w = firstWeight;
          const start = input / 2 + row * inner;
          for (let x = start; x < start + inner * rowsPerGroup; x += rowsPerGroup * 2) {
            const even = shorts[w] as number;
            const odd = shorts[w + 1] as number;
            first = (first + Math.imul(shorts[x] as number, even) + Math.imul(shorts[x + 1] as number, odd)) | 0;
            second = (second + Math.imul(shorts[x + 2] as number, even) + Math.imul(shorts[x + 3] as number, odd)) | 0;
            w += columnsPerBlock * 2;
          }
          const at = output / 4 + row * outer + column;
          floats[at] = first * f(inputScales / 4 + row) * columnScale + columnBias;
          floats[at + outer] = second * f(inputScales / 4 + row + 1) * columnScale + columnBias;
        }
      }
    },

    addNorm(target, other, gain, shift, rows, columns) {
      for (let row = 0; row < rows; row += 1) {
        const at = target / 4 + row * columns;
        let sum = 0;
        for (let k = 0; k < columns; k += 1) {
          const value = f(at + k) + f(other / 4 + row * columns + k);
          floats[at + k] = value;
          sum += value;
        }
        const mean = sum / columns;
        let squares = 0;
        for (let k = 0; k < columns; k += 1) squares += (f(at + k) - mean) ** 2;
        const inverse = 1 / Math.sqrt(squares / columns + 1e-12);
        for (let k = 0; k < columns; k += 1) {
          floats[at + k] = (f(at + k) - mean) * inverse * f(gain / 4 + k) + f(shift / 4 + k);
        }
      }
    },

    gelu(at, count) {
      for (let index = at / 4; index < at / 4 + count; index += 1) {
        const x = f(index);
        floats[index] = 0.5 * x * (1 + erf(x * Math.SQRT1_2));
      }
    },

    attention(projected, output, scratch, rows, heads) {
      const width = heads * headWidth;
      const scores = scratch / 4;
      for (let head = 0; head < heads; head += 1) {
        for (let row = 0; row < rows; row += 1) {
          const query = projected / 4 + row * 3 * width + head * headWidth;
          let most = -Infinity;
          for (let other = 0; other < rows; other += 1) {
            const key = projected / 4 + (other * 3 + 1) * width + head * headWidth;
            let product = 0;
            for (let k = 0; k < headWidth; k += 1) product += f(query + k) * f(key + k);
            product /= Math.sqrt(headWidth);
            floats[scores + other] = product;
            most = Math.max(most, product);
          }
          let sum = 0;
          for (let other = 0; other < rows; other += 1) {
            const share = Math.exp(f(scores + other) - most);
            floats[scores + other] = share;
            sum += share;
          }
          for (let k = 0; k < headWidth; k += 1) {
            let value = 0;
            for (let other = 0; other < rows; other += 1) {
              value += f(scores + other) * f(projected / 4 + (other * 3 + 2) * width + head * headWidth + k);
            }
            floats[output / 4 + row * width + head * headWidth + k] = value / sum;
          }
        }
      }
    },
  };
}
