import { InvalidOptionError } from "@langthrift/core";
import { isList } from "../is-list.ts";

/** A kind of request, shown by examples. */
export interface PrototypeRoute {
  /** A candidate's name. */
  readonly use: string;
  /** Stands in the decision. @default the candidate's name */
  readonly name?: string;
  /** What such requests sound like; 5 to 20 differently worded ones do. */
  readonly utterances: readonly string[];
  /** Requests that sound alike and are none. One of them nearest: the policy abstains. */
  readonly negatives?: readonly string[];
  /** Similarity below which the route does not take a request: a cosine, or a sum of them. @default where its own utterances and those of the others part best */
  readonly threshold?: number;
}

/** How a route's similarities become one score. */
export type PrototypeAggregate = "mean" | "max" | "sum";

/** @throws {InvalidOptionError} when a route cannot work. */
export function checkRoutes(routes: readonly PrototypeRoute[]): void {
  if (!isList(routes) || routes.length === 0)
    throw new InvalidOptionError("`routes` is empty. Pass at least one route with its utterances.");
  const seen = new Set<string>();
  for (const { use, name = use, utterances, negatives = [], threshold } of routes) {
    if (!isList(utterances)) throw new InvalidOptionError(`Route "${name}" has no \`utterances\`. Pass a list of example requests.`);
    if (seen.has(name)) throw new InvalidOptionError(`Two routes are called "${name}". Give each a unique \`name\`.`);
    seen.add(name);
    if ([...utterances, ...negatives].some((text) => typeof text !== "string" || text.trim() === "")) {
      throw new InvalidOptionError(`An utterance of route "${name}" is empty. Leave it out.`);
    }
    if (threshold !== undefined && !(Number.isFinite(threshold) && threshold >= 0)) {
      throw new InvalidOptionError(`The \`threshold\` of route "${name}" is ${threshold}. Pass a similarity, 0 or more.`);
    }
    const needed = threshold === undefined ? 2 : 1;
    if (utterances.length < needed) {
      throw new InvalidOptionError(
        `Route "${name}" has ${utterances.length} utterances and ${threshold === undefined ? "no" : "a"} \`threshold\`. Pass two utterances or more, or one and a \`threshold\`.`,
      );
    }
  }
}
