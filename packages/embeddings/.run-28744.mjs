import { MiniLMEmbeddings } from "@langthrift/embeddings";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
//#region benchmarks/src/random.ts
/** mulberry32: small, seeded, good enough to shuffle. Returns numbers in [0, 1). */
function seededRandom(seed) {
	let state = seed >>> 0;
	return () => {
		state = state + 1831565813 >>> 0;
		let mixed = Math.imul(state ^ state >>> 15, 1 | state);
		mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
		return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
	};
}
/** A shuffled copy (Fisher–Yates). */
function shuffled(items, random) {
	const copy = [...items];
	for (let index = copy.length - 1; index > 0; index -= 1) {
		const other = Math.floor(random() * (index + 1));
		[copy[index], copy[other]] = [copy[other], copy[index]];
	}
	return copy;
}
//#endregion
//#region benchmarks/src/bench.ts
/** A sentence for the person at the terminal; no stack trace. */
var UsageError = class extends Error {
	name = "UsageError";
};
//#endregion
//#region benchmarks/src/read-json-lines.ts
/** Reads JSON Lines; `check` says what is wrong with a row, or nothing. @throws {UsageError} naming file and line. */
function readJsonLines(path, check) {
	let text;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
	}
	const rows = [];
	for (const [index, line] of text.split("\n").entries()) {
		if (line.trim() === "") continue;
		let row;
		try {
			row = JSON.parse(line);
		} catch {
			throw new UsageError(`${path}:${index + 1} is not JSON.`);
		}
		const problem = typeof row === "object" && row !== null ? check(row) : "is not an object";
		if (problem !== void 0) throw new UsageError(`${path}:${index + 1} ${problem}.`);
		rows.push(row);
	}
	if (rows.length === 0) throw new UsageError(`${path} holds no rows.`);
	return rows;
}
//#endregion
//#region benchmarks/src/cache/judgements.ts
const readings = [
	"raw",
	"lenient",
	"strict"
];
const right = {
	raw: false,
	lenient: false,
	strict: false
};
/** Judges pairs by label, and by people's verdicts where a file of them is given; pairs not in it fall back to the labels. */
function createJudge(adjudicated) {
	const judgements = /* @__PURE__ */ new Map();
	if (adjudicated !== void 0) {
		const pairs = readJsonLines(adjudicated, ({ a, b, judgement }) => typeof a === "string" && typeof b === "string" && [
			"same",
			"borderline",
			"different"
		].includes(judgement) ? void 0 : "has no `a`, `b` and `judgement` (same, borderline or different)");
		for (const { a, b, judgement } of pairs) judgements.set(key(a, b), judgement);
	}
	return (a, b) => {
		if (a.label === b.label) return right;
		const judgement = judgements.get(key(a.text, b.text)) ?? "different";
		return {
			raw: true,
			lenient: judgement === "different",
			strict: judgement !== "same"
		};
	};
}
function key(a, b) {
	return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}
//#endregion
//#region benchmarks/src/cache/neighbours.ts
const BLOCK = 256;
/** Brute force over all pairs of unit vectors; keeps those of at least `floor`. */
function findNeighbours(vectors, dimension, floor) {
	const count = vectors.length / dimension;
	const found = Array.from({ length: count }, () => []);
	for (let rowsFrom = 0; rowsFrom < count; rowsFrom += BLOCK) for (let columnsFrom = 0; columnsFrom <= rowsFrom; columnsFrom += BLOCK) for (let row = rowsFrom; row < Math.min(count, rowsFrom + BLOCK); row += 1) {
		const end = Math.min(row, columnsFrom + BLOCK);
		for (let column = columnsFrom; column < end; column += 1) {
			const similarity = dot(vectors, row * dimension, column * dimension, dimension);
			if (similarity < floor) continue;
			found[row].push({
				index: column,
				similarity
			});
			found[column].push({
				index: row,
				similarity
			});
		}
	}
	const total = found.reduce((sum, list) => sum + list.length, 0);
	const offsets = new Uint32Array(count + 1);
	const indices = new Uint32Array(total);
	const similarities = new Float32Array(total);
	let at = 0;
	for (const [text, list] of found.entries()) {
		list.sort((a, b) => b.similarity - a.similarity || a.index - b.index);
		for (const { index, similarity } of list) {
			indices[at] = index;
			similarities[at] = similarity;
			at += 1;
		}
		offsets[text + 1] = at;
	}
	return {
		offsets,
		indices,
		similarities
	};
}
function dot(vectors, a, b, dimension) {
	let sum0 = 0;
	let sum1 = 0;
	let sum2 = 0;
	let sum3 = 0;
	for (let index = 0; index < dimension; index += 4) {
		sum0 += vectors[a + index] * vectors[b + index];
		sum1 += vectors[a + index + 1] * vectors[b + index + 1];
		sum2 += vectors[a + index + 2] * vectors[b + index + 2];
		sum3 += vectors[a + index + 3] * vectors[b + index + 3];
	}
	return sum0 + sum1 + sum2 + sum3;
}
//#endregion
//#region benchmarks/src/cache/query-file.ts
/** Reads one or more files of {id, text, label}. @throws {UsageError} naming file and line. */
function readQueries(paths, limit) {
	if (!paths || paths.length === 0) throw new UsageError("Pass --queries FILE: JSON Lines with {id, text, label}.");
	const queries = paths.flatMap((path) => readJsonLines(path, (row) => {
		for (const field of ["text", "label"]) if (typeof row[field] !== "string" || row[field] === "") return `has no \`${field}\``;
	}));
	return limit === void 0 ? queries : queries.slice(0, limit);
}
//#endregion
//#region benchmarks/src/cache/stream.ts
/** `hits[i]` is the text whose answer text i got, or -1: the model answered, and the cache learned it. */
function runStream(order, neighbours, threshold, admits = () => true) {
	const { offsets, indices, similarities } = neighbours;
	const stored = new Uint8Array(order.length);
	const hits = new Int32Array(order.length).fill(-1);
	for (const index of order) {
		const end = offsets[index + 1];
		for (let at = offsets[index]; at < end && similarities[at] >= threshold; at += 1) {
			const other = indices[at];
			if (stored[other] === 1 && admits(index, other, similarities[at])) {
				hits[index] = other;
				break;
			}
		}
		if (hits[index] === -1) stored[index] = 1;
	}
	return hits;
}
//#endregion
//#region benchmarks/src/cache/vector-cache.ts
const BATCH = 64;
/**
* Unit vectors of the texts as rows of one array. Embedding thousands of texts takes minutes, so they are kept in the system's temporary
* folder under a hash of embedding and texts; deleting that folder only costs time.
*/
async function embedAll(embeddings, embeddingId, texts, say) {
	const digest = createHash("sha256").update(JSON.stringify([embeddingId, texts])).digest("hex").slice(0, 32);
	const folder = join(tmpdir(), "langthrift-bench");
	const file = join(folder, `${digest}.f32`);
	try {
		const bytes = readFileSync(file);
		const vectors = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
		say(`  vectors of ${texts.length} texts taken from an earlier run`);
		return {
			vectors,
			dimension: vectors.length / texts.length
		};
	} catch {}
	let vectors;
	let dimension = 0;
	for (let from = 0; from < texts.length; from += BATCH) {
		const rows = await embeddings.embedDocuments(texts.slice(from, from + BATCH));
		dimension = rows[0]?.length ?? 0;
		vectors ??= new Float32Array(texts.length * dimension);
		for (const [offset, row] of rows.entries()) vectors.set(row, (from + offset) * dimension);
		if (from / BATCH % 20 === 19) say(`  embedded ${from + rows.length} of ${texts.length}`);
	}
	mkdirSync(folder, { recursive: true });
	writeFileSync(file, vectors);
	return {
		vectors,
		dimension
	};
}
//#endregion
//#region ../../tmp/tmp-cosine.ts
const say = (t) => console.error(t);
const queries = readQueries(process.argv.slice(2));
const e = new MiniLMEmbeddings();
let t = performance.now();
await e.embedQuery("hello there my friend");
console.log("load", performance.now() - t);
const times = [];
for (const q of queries.slice(0, 100)) {
	t = performance.now();
	await e.embedQuery(q.text);
	times.push(performance.now() - t);
}
times.sort((a, b) => a - b);
console.log("p50", times[50]);
t = performance.now();
const { vectors, dimension } = await embedAll(e, "minilm-1", queries.map((q) => q.text), say);
console.log("embed s", (performance.now() - t) / 1e3);
t = performance.now();
const nb = findNeighbours(vectors, dimension, .7);
console.log("nb s", (performance.now() - t) / 1e3, nb.indices.length);
const judge = createJudge("/work/shared/data/queries/banking77_adjudicated.jsonl");
const order = shuffled([...queries.keys()], seededRandom(1));
for (let th = .74; th < .99; th += .01) {
	const hits = runStream(order, nb, th);
	let h = 0;
	const w = {
		raw: 0,
		lenient: 0,
		strict: 0
	};
	hits.forEach((o, i) => {
		if (o < 0) return;
		h++;
		const v = judge(queries[i], queries[o]);
		for (const r of readings) if (v[r]) w[r]++;
	});
	const n = queries.length;
	console.log(th.toFixed(2), (h / n).toFixed(3), "perquery", readings.map((r) => (w[r] / n).toFixed(4)).join(" "), "perhit", readings.map((r) => (w[r] / h).toFixed(4)).join(" "));
}
//#endregion
export {};
