import type { RouterRow } from "./router-row.ts";

/**
 * What knowing nothing but the task of a request tells of each model: the mean score of the task's other rows. Nothing where rows have no task.
 * By row, then model.
 */
export function taskMeans(rows: readonly RouterRow[], models: readonly string[]): number[][] | undefined {
  if (rows.length === 0 || !rows.every(({ task }) => task !== undefined)) return undefined;
  const sums = new Map<string, { count: number; readonly scores: number[] }>();
  const overall = models.map((model) => rows.reduce((sum, { scores }) => sum + scores[model]!, 0) / rows.length);
  for (const { task, scores } of rows) {
    const own = sums.get(task!) ?? { count: 0, scores: models.map(() => 0) };
    own.count += 1;
    for (const [m, model] of models.entries()) own.scores[m]! += scores[model]!;
    sums.set(task!, own);
  }
  return rows.map(({ task, scores }) => {
    const own = sums.get(task!)!;
    // One row of the overall mean, so that a task's only row has an answer.
    return models.map((model, m) => (own.scores[m]! - scores[model]! + overall[m]!) / own.count);
  });
}
