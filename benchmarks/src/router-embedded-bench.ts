import { MiniLMEmbeddings } from "@langthrift/embeddings";
import {
  bestFor,
  type CrossPredictOptions,
  crossPredict,
  embedRows,
  modelsOf,
  type RouterPrediction,
  routingCurve,
} from "@langthrift/model-router";
import { type Bench, UsageError } from "./bench.ts";
import { readRouterRows } from "./router.ts";
import { mean } from "./statistics.ts";

const FOLDS = 5;

/** Whether the small embedding model in this process makes a router better than words alone, on the same folds. */
export const routerEmbeddedBench: Bench = {
  name: "router-embedded",
  summary: "the router with words alone and with the embedded default beside them, on the same folds",
  options: ["rows", "limit", "seed"],
  async run({ rows: files, limit, seed }, say) {
    const [file] = files ?? [];
    if (file === undefined) throw new UsageError("Pass --rows FILE: JSON Lines with {id, prompt, scores: {model: 0..1}}.");
    const rows = readRouterRows(file).slice(0, limit);
    const names = modelsOf(rows);
    say(`embedding ${rows.length} prompts`);
    const embedded = await embedRows(rows, new MiniLMEmbeddings());
    const metrics: Record<string, number> = {};
    const measure = (name: string, options: CrossPredictOptions) => {
      const predictions = crossPredict(rows, { seed, folds: FOLDS, ...options });
      metrics[`router_score_${name}`] = mean(rows.map(({ scores }, row) => scores[bestFor(predictions[row]!, 0, names)]!));
      if (names.length !== 2) return;
      const [weak, strong] = names as [string, string];
      const gain = ({ quality }: RouterPrediction) => quality[strong]! - quality[weak]!;
      metrics[`apgr_${name}`] = routingCurve({
        scores: predictions.map(gain),
        weak: rows.map(({ scores }) => scores[weak]!),
        strong: rows.map(({ scores }) => scores[strong]!),
      }).apgr;
    };
    measure("words", {});
    measure("both", { embedded });
    measure("embeddings", { embedded, vectorizer: "embeddings" });
    const text = Object.entries(metrics).map(([name, value]) => `${name.padEnd(28)} ${value.toFixed(4)}`);
    return { config: { rows: file, seed, folds: FOLDS, models: names, count: rows.length }, metrics, text: text.join("\n") };
  },
};
