import { InvalidOptionError } from "@langthrift/core";
import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { PolicyResult, RoutingPolicy } from "../routing-policy.ts";
import { type PrototypeIndex, type PrototypeIndexOptions, indexPrototypes, textsOf } from "./prototype-index.ts";
import { checkRoutes, type PrototypeAggregate, type PrototypeRoute } from "./prototype-route.ts";
import { embeddingSpace, unitVector, wordSpace } from "./prototype-space.ts";

/** Options of {@link prototypePolicy}. */
export interface PrototypePolicyOptions {
  /** One for each kind of request. */
  readonly routes: readonly PrototypeRoute[];
  /** Any LangChain embeddings. @default the built-in vectoriser: offline, no call, knows spelling and not meaning */
  readonly embeddings?: EmbeddingsInterface;
  /** Nearest utterances that count, of all routes together. @default 5 */
  readonly topK?: number;
  /** @default "mean" */
  readonly aggregate?: PrototypeAggregate;
  /** With `embeddings`: for one request, in ms. The utterances are embedded at the first one, and go on being embedded when it exceeds the limit. @default 1_000 */
  readonly timeoutMs?: number;
}

/**
 * Sends a request where similar ones go: the route whose utterances are nearest by cosine, where it reaches its threshold. **Abstains** below it,
 * and next to a negative.
 *
 * A threshold that is not given is found from the utterances themselves, each held against the others. `fitPrototypeRoutes` finds better
 * ones from labelled requests.
 *
 * @throws {InvalidOptionError} when a route or an option cannot work.
 */
export function prototypePolicy({
  routes,
  embeddings,
  topK = 5,
  aggregate = "mean",
  timeoutMs = 1_000,
}: PrototypePolicyOptions): RoutingPolicy {
  checkRoutes(routes);
  if (!(Number.isInteger(topK) && topK >= 1)) throw new InvalidOptionError(`\`topK\` is ${topK}. Pass a whole number, 1 or more.`);
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw new InvalidOptionError(`\`timeoutMs\` is ${timeoutMs}. Pass milliseconds, above 0.`);
  const base = { name: "prototype", models: [...new Set(routes.map(({ use }) => use))] };
  const matcher = createMatcher(routes, embeddings, { topK, aggregate });
  return {
    ...base,
    ...(embeddings && { timeoutMs }),
    decide({ task }) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const scored = matcher(task);
      return scored instanceof Promise ? scored.then((match) => toResult(routes, match)) : toResult(routes, scored);
    },
  };
}

interface Scored {
  readonly scores: readonly number[];
  readonly refusedBy: number | undefined;
  readonly thresholds: readonly number[];
}

/** Scores a text against the routes; synchronous without embeddings. */
export function createMatcher(
  routes: readonly PrototypeRoute[],
  embeddings: EmbeddingsInterface | undefined,
  options: PrototypeIndexOptions,
): (text: string) => Scored | Promise<Scored> {
  const texts = textsOf(routes);
  if (!embeddings) {
    const space = wordSpace(texts);
    const index = indexPrototypes(routes, space, options);
    return (text) => ({ ...index.match(space.pointOf(text)), thresholds: index.thresholds });
  }
  let indexing: Promise<PrototypeIndex<Float64Array>> | undefined;
  return async (text) => {
    // One embedding of the utterances for all requests; a failed one is tried again by the next.
    indexing ??= embeddingSpace(embeddings, texts)
      .then((space) => indexPrototypes(routes, space, options))
      .catch((error: unknown) => {
        indexing = undefined;
        throw error;
      });
    const [index, vector] = await Promise.all([indexing, embeddings.embedQuery(text)]);
    return { ...index.match(unitVector(vector)), thresholds: index.thresholds };
  };
}

function toResult(routes: readonly PrototypeRoute[], { scores, refusedBy, thresholds }: Scored): PolicyResult {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const best = order[0]!;
  const second = order[1];
  const nameOf = (route: number) => routes[route]!.name ?? routes[route]!.use;
  const evidence = {
    score: round(scores[best]!),
    threshold: round(thresholds[best]!),
    signals: {
      route: nameOf(best),
      ...(second !== undefined && { runnerUp: nameOf(second), runnerUpScore: round(scores[second]!) }),
    },
  };
  if (refusedBy !== undefined) return { kind: "abstain", reason: `next to a negative of ${nameOf(refusedBy)}`, ...evidence };
  if (scores[best]! < thresholds[best]!) return { kind: "abstain", reason: `nothing near enough; nearest is ${nameOf(best)}`, ...evidence };
  return { kind: "pick", model: routes[best]!.use, reason: `like ${nameOf(best)}`, ...evidence };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
