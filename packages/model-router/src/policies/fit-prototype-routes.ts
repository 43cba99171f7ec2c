import { bestCut } from "./best-cut.ts";
import { createMatcher, type PrototypePolicyOptions } from "./prototype-policy.ts";
import { checkRoutes, type PrototypeRoute } from "./prototype-route.ts";

/** A request whose right route is known. */
export interface PrototypeExample {
  readonly text: string;
  /** The route's name (the candidate's where it has none); `null`: it belongs to none of them. */
  readonly route: string | null;
}

/**
 * The routes with thresholds that part the examples best. Use other texts than the utterances, and measure on others again. A route without
 * examples keeps its threshold.
 *
 * @throws {InvalidOptionError} when a route or an example cannot work.
 */
export async function fitPrototypeRoutes(
  { routes, embeddings, topK = 5, aggregate = "mean" }: Pick<PrototypePolicyOptions, "routes" | "embeddings" | "topK" | "aggregate">,
  examples: readonly PrototypeExample[],
): Promise<PrototypeRoute[]> {
  checkRoutes(routes);
  const matcher = createMatcher(routes, embeddings, { topK, aggregate });
  const scored: { readonly route: string | null; readonly scores: readonly number[] }[] = [];
  for (const { text, route } of examples) scored.push({ route, scores: (await matcher(text)).scores });
  return routes.map((route, at) => {
    const name = route.name ?? route.use;
    const own = scored.filter((example) => example.route === name).map(({ scores }) => scores[at]!);
    if (own.length === 0) return route;
    const others = scored.filter((example) => example.route !== name).map(({ scores }) => scores[at]!);
    return { ...route, threshold: bestCut(own, others) };
  });
}
