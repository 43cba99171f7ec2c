/** One labelled request: what each model scored on it. */
export interface RouterRow {
  readonly id: string;
  readonly prompt: string;
  /** By model, 0 (wrong) to 1 (right). */
  readonly scores: Readonly<Record<string, number>>;
  /** US dollars of each model's answer. */
  readonly costUsd?: Readonly<Record<string, number>>;
  /** Each model's answer, for cascades. */
  readonly responses?: Readonly<Record<string, string>>;
  /** Rows of a group stay on one side of a split: paraphrases, one user's requests. */
  readonly group?: string;
  /** Kind of request, for the baseline that knows nothing else; `domain` in a file is read as such. */
  readonly task?: string;
}

/** Reads a line of JSON as a row, or says what is wrong with it. Fields that it does not know are dropped. */
export function parseRouterRow(line: string): RouterRow | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "is not JSON" };
  }
  const row = asObject(value);
  if (!row) return { problem: "is not an object" };
  const { id, prompt, group, task = row["domain"] } = row;
  if (typeof prompt !== "string" || prompt === "") return { problem: "has no `prompt` text" };
  const scores = numbers(row["scores"]);
  if (!scores || Object.keys(scores).length === 0) return { problem: "has no `scores` by model" };
  if (Object.values(scores).some((score) => score < 0 || score > 1)) return { problem: "has a score outside 0 to 1" };
  const costUsd = numbers(row["costUsd"]);
  const responses = texts(row["responses"]);
  return {
    id: typeof id === "string" || typeof id === "number" ? String(id) : prompt.slice(0, 40),
    prompt,
    scores,
    ...(costUsd && { costUsd }),
    ...(responses && { responses }),
    ...(typeof group === "string" && group !== "" && { group }),
    ...(typeof task === "string" && task !== "" && { task }),
  };
}

/** Models that every row has a score for, in order of their mean score, best last. */
export function modelsOf(rows: readonly RouterRow[]): string[] {
  const [first] = rows;
  if (!first) return [];
  const common = Object.keys(first.scores).filter((model) => rows.every(({ scores }) => scores[model] !== undefined));
  const mean = new Map(common.map((model) => [model, meanScore(rows, model)]));
  return common.sort((a, b) => mean.get(a)! - mean.get(b)! || (a < b ? -1 : 1));
}

/** The mean of a model's scores; a missing score counts as 0. */
export function meanScore(rows: readonly RouterRow[], model: string): number {
  return rows.length === 0 ? 0 : rows.reduce((sum, { scores }) => sum + (scores[model] ?? 0), 0) / rows.length;
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function numbers(value: unknown): Record<string, number> | undefined {
  const object = asObject(value);
  if (!object) return undefined;
  const entries = Object.entries(object).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && Number.isFinite(entry[1]),
  );
  return Object.fromEntries(entries);
}

function texts(value: unknown): Record<string, string> | undefined {
  const object = asObject(value);
  if (!object) return undefined;
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
