import { type Bench, UsageError } from "./bench.ts";
import { run } from "./router.ts";

export const routerBench: Bench = {
  name: "router",
  summary: "which model a request needs, learned and cross-validated, beside random, prompt length and the best single model",
  options: ["rows", "test", "seed"],
  async run({ rows, test, seed }) {
    const [file] = rows ?? [];
    if (file === undefined) throw new UsageError("Pass --rows FILE: JSON Lines with {id, prompt, scores: {model: 0..1}}.");
    return run({ rows: file, seed, ...(test !== undefined && { test }) });
  },
};
