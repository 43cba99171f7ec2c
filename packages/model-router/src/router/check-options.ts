import { InvalidOptionError, resolveLogger } from "@langthrift/core";
import type { ModelRouterOptions } from "../model-router-options.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** @throws {InvalidOptionError} when no candidate has the name. */
export function candidateNamed(candidates: readonly ResolvedCandidate[], name: string, option: string): ResolvedCandidate {
  const found = candidates.find((candidate) => candidate.name === name);
  if (found) return found;
  const known = candidates.map((candidate) => `"${candidate.name}"`).join(", ");
  throw new InvalidOptionError(`\`${option}\` names "${name}", which is no candidate. Candidates are ${known}.`);
}

/** @throws {InvalidOptionError} when an option names nobody, or a policy that weighs cost meets a candidate without a price. */
export function checkOptions(
  { fallback = {}, decideTimeoutMs = 250 }: ModelRouterOptions,
  candidates: readonly ResolvedCandidate[],
  policy: RoutingPolicy,
): void {
  if (!(Number.isFinite(decideTimeoutMs) && decideTimeoutMs > 0)) {
    throw new InvalidOptionError(`\`decideTimeoutMs\` is ${decideTimeoutMs}. Pass milliseconds, above 0.`);
  }
  checkPolicy(policy);
  for (const name of policy.models ?? []) candidateNamed(candidates, name, `policy ${policy.name}`);
  if (fallback && typeof fallback.order === "object") for (const name of fallback.order) candidateNamed(candidates, name, "fallback.order");
  if (!policy.needsPrices) return;
  const unpriced = candidates.filter(({ lazy, priceOf }) => !lazy && priceOf({ inputTokens: 1000, outputTokens: 1000 }) === null);
  if (unpriced.length === 0) return;
  const names = unpriced.map(({ name }) => `"${name}"`).join(", ");
  throw new InvalidOptionError(`Policy ${policy.name} weighs cost, but no price is known for ${names}. Give each a \`price\`.`);
}

/** @throws {InvalidOptionError} when something else was passed, such as a factory that was not called. */
export function checkPolicy(policy: unknown): void {
  if (typeof (policy as { decide?: unknown } | null | undefined)?.decide === "function") return;
  throw new InvalidOptionError(
    "A policy has no `decide`. Pass what a factory returns, for example `heuristicPolicy()` with its parentheses.",
  );
}

/** LangChain's own retries (6 by default) hold a request for seconds before the router may ask another candidate. */
export function warnOfRetries({ candidates, logger, fallback }: ModelRouterOptions): void {
  if (fallback === false || candidates.length < 2) return;
  const slow = candidates.filter(({ model }) => {
    if (typeof model === "function") return false;
    const { caller } = model as unknown as { caller?: { maxRetries?: unknown } };
    return typeof caller?.maxRetries === "number" && caller.maxRetries > 1;
  });
  if (slow.length === 0) return;
  const names = slow.map(({ name }) => `"${name}"`).join(", ");
  resolveLogger(logger)?.warn(`${names} retry by themselves before the router can fall back; set \`maxRetries: 1\` or 0 on them.`);
}
