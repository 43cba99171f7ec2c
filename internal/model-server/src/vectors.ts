import { hash32 } from "./hash.ts";

// Words that carry grammar more than meaning weigh a fifth.
const lightWords = new Set(
  "a an and are as at be by can do does for from how i in is it me my of on or that the to was what when where which why with you your".split(
    " ",
  ),
);

/**
 * A vector of length 1 whose cosines reflect shared words, word pairs and letter groups: signed feature hashing,
 * each feature in two places so that collisions even out.
 */
export function hashedVector(text: string, dimensions: number): number[] {
  const vector = Array.from<number>({ length: dimensions }).fill(0);
  const add = (feature: string, weight: number): void => {
    for (const seed of [1, 2]) {
      const hash = hash32(feature, seed);
      const at = hash % dimensions;
      vector[at] = (vector[at] ?? 0) + (hash & 0x10000 ? weight : -weight);
    }
  };

  const words = text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [text];
  let previous = "";
  for (const word of words) {
    const weight = lightWords.has(word) ? 0.2 : 1;
    add(`w ${word}`, weight);
    if (previous !== "") add(`b ${previous} ${word}`, weight * 0.3);
    const padded = ` ${word} `;
    for (let start = 0; start + 3 <= padded.length; start += 1) add(`c ${padded.slice(start, start + 3)}`, weight * 0.35);
    previous = word;
  }

  const norm = Math.hypot(...vector);
  return norm === 0 ? vector.map((_, index) => (index === 0 ? 1 : 0)) : vector.map((value) => value / norm);
}

/** Little-endian 32-bit floats, as the OpenAI client expects under its default encoding. */
export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
