// Builds assets/static-table.bin, the table of StaticEmbeddings. The same inputs give the same bytes on one machine.
//
//   pnpm run build && node scripts/build-static-table.mjs BANKING77_TRAIN.jsonl
//
// BANKING77_TRAIN.jsonl has a field "text" a line: the train split of banking77 (PolyAI, CC BY 4.0). Takes some minutes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadMiniLM } from "../dist/mini-lm-model.js";
import { cross, eigenvectors, multiply, solve } from "./linear-algebra.mjs";
import { sentences } from "./sentences.mjs";

const pieces = 30_522;
const wide = 384;
const narrow = 256;
const [cls, sep] = [101, 102];
// From here on the vocabulary is in the order of frequency; single ASCII characters stand before, from 999 on.
const firstWord = 1996;
const firstCharacter = 999;
const characters = 38;
/** SIF: weight a / (a + p), which plays down frequent words. */
const sifConstant = 1e-3;
/** Ridge towards the identity. Chosen on the development split of STS-B among 0.1, 0.3, 1, 3, 10, 100, 1000. */
const ridge = 1;

const [corpusPath] = process.argv.slice(2);
if (corpusPath === undefined) throw new Error("Pass the path of banking77's train split, as JSON Lines.");
const { encoder, tokenizer } = await loadMiniLM({ kernel: "auto" });

/** How often a piece occurs, by Zipf's law on its place in the vocabulary. */
const harmonic = Array.from({ length: pieces }, (_, index) => 1 / (index + 1)).reduce((sum, value) => sum + value, 0);
function frequencyOf(id) {
  if (id >= firstWord) return 1 / ((id - firstWord + 1) * harmonic);
  const character = id - firstCharacter;
  return 1 / ((character >= 0 && character < characters ? 1 + 3 * character : 20_000) * harmonic);
}

function log(text) {
  process.stdout.write(`${text}\n`);
}

log("1. The vector of each word piece, by its SIF weight");
const table = new Float64Array(pieces * wide);
for (let id = 0; id < pieces; id += 1) {
  const weight = sifConstant / (sifConstant + frequencyOf(id));
  for (const [k, value] of encoder.encode([cls, id, sep]).entries()) table[id * wide + k] = weight * value;
}

log("2. The sentences: unit-length mean of the pieces, and what MiniLM says");
const corpus = readFileSync(corpusPath, "utf8").trim().split("\n");
const texts = [...corpus.map((line) => JSON.parse(line).text), ...sentences(12_000, 1)];
const means = new Float64Array(texts.length * wide);
const taught = new Float64Array(texts.length * wide);
for (const [row, text] of texts.entries()) {
  const { ids } = tokenizer.encode(text, 256);
  const mean = means.subarray(row * wide, (row + 1) * wide);
  for (const id of ids.slice(1, -1)) for (let k = 0; k < wide; k += 1) mean[k] += table[id * wide + k];
  const length = Math.hypot(...mean) || 1;
  for (let k = 0; k < wide; k += 1) mean[k] /= length;
  taught.set(encoder.encode(ids), row * wide);
}

log("3. The map from the one to the other, and the directions in which sentences differ most");
const gram = cross(means, means, texts.length, wide, wide);
const target = cross(means, taught, texts.length, wide, wide);
for (let k = 0; k < wide; k += 1) {
  gram[k * wide + k] += ridge;
  target[k * wide + k] += ridge;
}
const map = solve(gram, target, wide, wide);
const directions = eigenvectors(cross(taught, taught, texts.length, wide, wide), wide);
const projection = new Float64Array(wide * narrow);
for (let row = 0; row < wide; row += 1) {
  for (let column = 0; column < narrow; column += 1) projection[row * narrow + column] = directions[row * wide + column];
}
const mapped = multiply(table, multiply(map, projection, wide, wide, narrow), pieces, wide, narrow);

log("4. Eight bits a number, one scale a row");
const rows = new Int8Array(pieces * narrow);
const scales = new Float32Array(pieces);
for (let id = 0; id < pieces; id += 1) {
  const row = mapped.subarray(id * narrow, (id + 1) * narrow);
  const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127 || 1;
  scales[id] = scale;
  for (const [k, value] of row.entries()) rows[id * narrow + k] = Math.round(value / scale);
}
const bytes = Buffer.concat([Buffer.from(rows.buffer), Buffer.from(scales.buffer)]);
mkdirSync(new URL("../assets", import.meta.url), { recursive: true });
writeFileSync(new URL("../assets/static-table.bin", import.meta.url), bytes);
log(`assets/static-table.bin: ${bytes.length} bytes. Put its SHA-256 into src/static-table.ts:`);
log(createHash("sha256").update(bytes).digest("hex"));
