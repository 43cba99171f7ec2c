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
