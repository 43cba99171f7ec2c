import { MiniLMEmbeddings } from "@langthrift/embeddings";
import { createGuards, type GuardProfile } from "@langthrift/semantic-cache";
import { type Bench, type BenchOptions, type BenchResult, UsageError } from "../bench.ts";
import { readJsonLines } from "../read-json-lines.ts";
import { percentile } from "../statistics.ts";

interface QuestionPair {
  readonly a: string;
  readonly b: string;
  readonly label: "same" | "different";
  readonly category?: string;
}

/** The threshold at which MiniLM's cosine alone is careful; guards come after it. */
const MIN_SIMILARITY = 0.88;

export const pairsBench: Bench = {
  name: "pairs",
  summary: "contrast pairs served and paraphrases kept, by category: guards after the cosine threshold, and cosine alone",
  options: ["pairs", "guards", "limit"],
  run: runPairsBench,
};

async function runPairsBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const profile = (options.guards ?? "strict") as GuardProfile;
  if (!["strict", "standard", "off"].includes(profile)) throw new UsageError(`--guards is "${profile}". Pass strict, standard or off.`);
  const pairs = readPairs(options.pairs).slice(0, options.limit);
  say(`Embedding both sides of ${pairs.length} pairs`);
  const embeddings = new MiniLMEmbeddings();
  const left = await embeddings.embedDocuments(pairs.map(({ a }) => a));
  const right = await embeddings.embedDocuments(pairs.map(({ b }) => b));

  const guards = createGuards(profile);
  const times: number[] = [];
  const judged = pairs.map((pair, index) => {
    const similarity = dot(left[index] as number[], right[index] as number[]);
    const started = performance.now();
    const refused = guards.some((guard) => guard.check(pair.a, pair.b, { similarity }) !== null);
    times.push(performance.now() - started);
    return { ...pair, cosine: similarity >= MIN_SIMILARITY, served: similarity >= MIN_SIMILARITY && !refused };
  });
  const contrast = judged.filter(({ label }) => label === "different");
  const paraphrases = judged.filter(({ label }) => label === "same");
  const kept = paraphrases.filter(({ cosine }) => cosine);
  const share = (rows: readonly (typeof judged)[number][], of: (row: (typeof judged)[number]) => boolean) =>
    rows.length === 0 ? 0 : rows.filter(of).length / rows.length;
  const metrics = {
    pairs: pairs.length,
    contrast_pairs: contrast.length,
    paraphrases: paraphrases.length,
    contrast_served: share(contrast, ({ served }) => served),
    paraphrase_kept: share(kept, ({ served }) => served),
    paraphrase_served: share(paraphrases, ({ served }) => served),
    cosine_contrast_served: share(contrast, ({ cosine }) => cosine),
    cosine_paraphrase_served: share(paraphrases, ({ cosine }) => cosine),
    guard_p50_ms: percentile(times, 0.5),
    guard_p99_ms: percentile(times, 0.99),
  };
  const categories = [...new Set(judged.map(({ label, category }) => `${label}: ${category ?? "all"}`))].sort();
  const rows = categories.map((name) => {
    const own = judged.filter(({ label, category }) => `${label}: ${category ?? "all"}` === name);
    return `  ${name.padEnd(32)} ${String(own.length).padStart(4)}   ${percent(share(own, ({ cosine }) => cosine))}   ${percent(share(own, ({ served }) => served))}`;
  });
  return {
    config: { pairs: options.pairs, guards: profile, minSimilarity: MIN_SIMILARITY, embedding: "MiniLM" },
    metrics,
    text: [
      `${pairs.length} pairs; MiniLM cosine of at least ${MIN_SIMILARITY}, then guards (${profile}).`,
      "",
      "  category                        pairs   cosine serves   guarded serves",
      ...rows,
      "",
      `  contrast pairs served: ${percent(metrics.contrast_served)} (cosine alone ${percent(metrics.cosine_contrast_served)})`,
      `  paraphrases kept, of those that cosine serves: ${percent(metrics.paraphrase_kept)}`,
      `  a guard check: p50 ${metrics.guard_p50_ms.toFixed(3)} ms, p99 ${metrics.guard_p99_ms.toFixed(3)} ms`,
    ].join("\n"),
  };
}

function readPairs(paths: readonly string[] | undefined): QuestionPair[] {
  if (!paths || paths.length === 0)
    throw new UsageError('Pass --pairs FILE: JSON Lines with {a, b, label: "same" or "different", category?}.');
  return paths.flatMap((path) =>
    readJsonLines<QuestionPair>(path, ({ a, b, label }) => {
      if (typeof a !== "string" || typeof b !== "string") return "has no texts `a` and `b`";
      return label === "same" || label === "different" ? undefined : 'has a `label` that is neither "same" nor "different"';
    }),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(7);
}
