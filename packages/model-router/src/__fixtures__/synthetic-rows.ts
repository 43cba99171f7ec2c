import type { RouterRow } from "../offline/router-row.ts";
import { seededRandom } from "../offline/seeded.ts";

const topics = {
  easy: ["capital", "colour", "weather", "opening hours", "address", "spelling"],
  hard: ["theorem", "liability", "integral", "concurrency", "proof", "valuation"],
} as const;

/** Requests of two topics: the weak model fails at the hard one (9 of 10), the strong one at neither (19 of 20). Costs are about 1 : 10. */
export function syntheticRows(count: number, { seed = 1, costs = false }: { seed?: number; costs?: boolean } = {}): RouterRow[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  return Array.from({ length: count }, (_, index) => {
    const topic = random() < 0.5 ? "easy" : "hard";
    const prompt = `Tell me about the ${pick(topics[topic])} and the ${pick(topics[topic])} of case ${Math.floor(random() * 1000)}.`;
    const weak = random() < (topic === "easy" ? 0.95 : 0.1) ? 1 : 0;
    const strong = random() < 0.95 ? 1 : 0;
    return {
      id: String(index),
      prompt,
      scores: { weak, strong },
      ...(costs && { costUsd: { weak: 0.001, strong: 0.01 } }),
    };
  });
}

/** US dollars a million tokens of eleven models, cheap to dear, and how able each is. */
const eleven = [
  ["nano", 0.1, -0.9],
  ["chat-7b", 0.2, -0.6],
  ["code-7b", 0.2, -0.5],
  ["mixed-8b", 0.3, -0.3],
  ["small-34b", 0.8, -0.2],
  ["open-70b", 0.9, 0.1],
  ["flash", 0.6, 0.2],
  ["instant", 1.6, 0],
  ["turbo", 2, 0.4],
  ["large", 8, 0.6],
  ["grand", 30, 1.1],
] as const;

const subjects = ["arithmetic", "history", "grammar", "chemistry", "poetry", "python", "law", "geography"] as const;

/** Eight kinds of requests, eleven models with real-looking prices: each is strong at some kinds, the dearest at all but the hardest. */
export function elevenModelRows(count: number, { seed = 1 }: { seed?: number } = {}): RouterRow[] {
  const skills = seededRandom(1);
  const liking = subjects.map(() => eleven.map(() => 3.2 * (skills() - 0.5)));
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    // The first kinds are frequent, and easy.
    const kind = Math.floor(subjects.length * random() ** 1.6);
    const difficulty = 0.35 * kind - 1.6 + 2 * (random() - 0.5);
    const scores: Record<string, number> = {};
    const costUsd: Record<string, number> = {};
    const tokens = 80 + Math.floor(random() * 60) * (1 + kind);
    for (const [m, [model, price, skill]] of eleven.entries()) {
      const logit = 1.3 * skill + liking[kind]![m]! - difficulty;
      scores[model] = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
      costUsd[model] = (price * tokens) / 1e6;
    }
    const hint = difficulty > 0 ? "Think about each step and justify the result" : "Answer in a word";
    const prompt = `A question of ${subjects[kind]} for a pupil of class ${Math.floor(random() * 12)}: ${hint}. ${"Mind the context given. ".repeat(Math.floor(tokens / 100))}`;
    return { id: String(index), prompt, scores, costUsd, task: subjects[kind]! };
  });
}
