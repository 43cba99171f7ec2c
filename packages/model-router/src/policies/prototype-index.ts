import { bestCut } from "./best-cut.ts";
import type { PrototypeAggregate, PrototypeRoute } from "./prototype-route.ts";
import type { PrototypeSpace } from "./prototype-space.ts";

/** How near a text is to the routes. */
export interface PrototypeMatch {
  /** By route, in order; 0 where none of the nearest utterances is the route's. */
  readonly scores: readonly number[];
  /** The route whose negative is the nearest of all; `undefined` when an utterance is. */
  readonly refusedBy: number | undefined;
}

export interface PrototypeIndex<V> {
  match(point: V): PrototypeMatch;
  /** By route. */
  readonly thresholds: readonly number[];
}

/** The routes' texts in one list: utterances and negatives of the first route, then of the next. */
export function textsOf(routes: readonly PrototypeRoute[]): string[] {
  return routes.flatMap(({ utterances, negatives = [] }) => [...utterances, ...negatives]);
}

export interface PrototypeIndexOptions {
  readonly aggregate: PrototypeAggregate;
  readonly topK: number;
}

export function indexPrototypes<V>(
  routes: readonly PrototypeRoute[],
  { points, cosine: similarity }: PrototypeSpace<V>,
  { aggregate, topK }: PrototypeIndexOptions,
): PrototypeIndex<V> {
  const owners = routes.flatMap(({ utterances, negatives = [] }, route) => [
    ...utterances.map(() => ({ route, positive: true })),
    ...negatives.map(() => ({ route, positive: false })),
  ]);

  /** @param without A point that is left out: it is the text itself. */
  function match(point: V, without?: number): PrototypeMatch {
    const near = points
      .flatMap((other, at) => (at === without ? [] : [{ at, similarity: similarity(point, other) }]))
      .sort((a, b) => b.similarity - a.similarity || a.at - b.at)
      .slice(0, topK);
    const found = routes.map((): number[] => []);
    for (const { at, similarity: value } of near) if (owners[at]!.positive) found[owners[at]!.route]!.push(value);
    const nearest = near[0] && owners[near[0].at]!;
    return {
      scores: found.map((values) => combine(values, aggregate)),
      refusedBy: nearest && !nearest.positive ? nearest.route : undefined,
    };
  }

  const held = points.map((point, at) => match(point, at).scores);
  return {
    match: (point) => match(point),
    thresholds: routes.map(({ threshold }, route) => {
      if (threshold !== undefined) return threshold;
      const own = held.filter((_, at) => owners[at]!.positive && owners[at]!.route === route);
      const foreign = held.filter((_, at) => !owners[at]!.positive || owners[at]!.route !== route);
      return bestCut(
        own.map((scores) => scores[route]!),
        foreign.map((scores) => scores[route]!),
      );
    }),
  };
}

function combine(values: readonly number[], aggregate: PrototypeAggregate): number {
  if (values.length === 0) return 0;
  if (aggregate === "max") return Math.max(0, values[0]!);
  const sum = values.reduce((total, value) => total + value, 0);
  return Math.max(0, aggregate === "sum" ? sum : sum / values.length);
}
