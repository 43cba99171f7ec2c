import { MiniLMEmbeddings, StaticEmbeddings } from "@langthrift/embeddings";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { readJsonLines } from "../read-json-lines.ts";
import { percentile } from "../statistics.ts";

interface ScoredPair {
  readonly a: string;
  readonly b: string;
  /** 0 (nothing in common) to 5 (the same). */
  readonly score: number;
}

const QUERY = "how do I reset the pin of my card today please";
const RUNS = 200;

export const embeddingsBench: Bench = {
  name: "embeddings",
  summary: "time of an embedding in process, and with --pairs {a,b,score} its rank correlation with people's scores",
  options: ["pairs", "limit"],
  run: runEmbeddingsBench,
};

async function runEmbeddingsBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const started = performance.now();
  const minilm = new MiniLMEmbeddings();
  await minilm.load();
  const metrics: Record<string, number> = { minilm_load_ms: performance.now() - started };
  const contenders = { minilm, static: new StaticEmbeddings() };
  for (const [name, embeddings] of Object.entries(contenders)) {
    await embeddings.embedQuery("warm up");
    for (const [words, text] of [
      ["11_words", QUERY],
      ["100_words", `${QUERY} `.repeat(10).trim().split(" ").slice(0, 100).join(" ")],
    ] as const) {
      const times: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const from = performance.now();
        await embeddings.embedQuery(text);
        times.push(performance.now() - from);
      }
      metrics[`${name}_p50_ms_${words}`] = percentile(times, 0.5);
      metrics[`${name}_p95_ms_${words}`] = percentile(times, 0.95);
    }
    if (options.pairs) {
      const pairs = options.pairs.flatMap((path) =>
        readJsonLines<ScoredPair>(path, ({ a, b, score }) =>
          typeof a === "string" && typeof b === "string" && typeof score === "number" ? undefined : "has no `a`, `b` and `score`",
        ),
      );
      const chosen = pairs.slice(0, options.limit);
      say(`Embedding ${chosen.length} pairs with ${name}`);
      const left = await embeddings.embedDocuments(chosen.map(({ a }) => a));
      const right = await embeddings.embedDocuments(chosen.map(({ b }) => b));
      const cosines = left.map((vector, index) =>
        vector.reduce((sum, value, at) => sum + value * ((right[index] as number[])[at] as number), 0),
      );
      metrics[`${name}_spearman`] = spearman(
        cosines,
        chosen.map(({ score }) => score),
      );
    }
  }
  return {
    config: { pairs: options.pairs ?? null, runs: RUNS },
    metrics,
    text: Object.entries(metrics)
      .map(([name, value]) => `  ${name.padEnd(26)} ${value.toFixed(4)}`)
      .join("\n"),
  };
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let index = 0; index < a.length; index += 1) {
    const x = (left[index] as number) - middle;
    const y = (right[index] as number) - middle;
    product += x * y;
    leftSquares += x * x;
    rightSquares += y * y;
  }
  return product / Math.sqrt(leftSquares * rightSquares);
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
  const result: number[] = [];
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to += 1;
    for (let at = from; at < to; at += 1) result[order[at] as number] = (from + to + 1) / 2;
    from = to;
  }
  return result;
}
