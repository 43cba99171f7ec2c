import { InvalidOptionError, type PriceBook } from "@langthrift/core";
import { isList } from "../is-list.ts";
import type { RouteContext } from "../route-context.ts";
import { type Circuit, createCircuit } from "../router/circuit.ts";
import { missingCapability } from "../router/eligibility.ts";
import { type ResolvedCandidate, resolveCandidates } from "../router/resolve-candidates.ts";
import { EXPECTED_OUTPUT_TOKENS } from "../router/route-plan.ts";
import type { CascadeOptions } from "./cascade-options.ts";
import type { QualityScorer } from "./quality-scorer.ts";

/** A drafting candidate with what judges it. */
export interface ResolvedStep {
  readonly candidate: ResolvedCandidate;
  readonly scorers: readonly QualityScorer[];
  readonly threshold: number;
  readonly circuit: Circuit | undefined;
}

/** Checks the options and resolves the candidates. @throws {InvalidOptionError} when an option cannot work. */
export function resolveSteps(
  { steps, final, limitUsd, scoreTimeoutMs = 10_000, breaker = {} }: CascadeOptions,
  prices: () => PriceBook,
): {
  readonly steps: readonly ResolvedStep[];
  readonly final: ResolvedCandidate;
} {
  if (!isList(steps) || steps.length === 0)
    throw new InvalidOptionError("`steps` is empty. Pass at least one cheap candidate with its scorer.");
  for (const { threshold, candidate, accept } of steps) {
    const scorers: readonly unknown[] = Array.isArray(accept) ? accept : [accept];
    if (scorers.some((scorer) => typeof (scorer as { score?: unknown } | null | undefined)?.score !== "function"))
      throw new InvalidOptionError(`\`accept\` of "${candidate.name}" is no scorer. Pass one, for example \`validatorScorer("json")\`.`);
    if (!(threshold >= 0 && threshold <= 1))
      throw new InvalidOptionError(`The \`threshold\` of "${candidate.name}" is ${threshold}. Pass a number from 0 to 1.`);
    if (Array.isArray(accept) && accept.length === 0)
      throw new InvalidOptionError(`\`accept\` of "${candidate.name}" is empty and would take every draft. Pass at least one scorer.`);
  }
  if (limitUsd !== undefined && !(limitUsd >= 0)) throw new InvalidOptionError(`\`limitUsd\` is ${limitUsd}. Pass US dollars, 0 or more.`);
  if (!(scoreTimeoutMs > 0)) throw new InvalidOptionError(`\`scoreTimeoutMs\` is ${scoreTimeoutMs}. Pass milliseconds, above 0.`);

  const resolved = resolveCandidates([...steps.map(({ candidate }) => candidate), final], prices);
  const find = (name: string) => resolved.find((candidate) => candidate.name === name)!;
  return {
    steps: steps.map(({ candidate, accept, threshold }) => ({
      candidate: find(candidate.name),
      scorers: Array.isArray(accept) ? (accept as readonly QualityScorer[]) : [accept as QualityScorer],
      threshold,
      circuit: breaker === false ? undefined : createCircuit(breaker),
    })),
    final: find(final.name),
  };
}

/** Why a candidate cannot draft for this request; `undefined` when it can. */
export function whySkipped(
  { candidate, circuit }: ResolvedStep,
  { inputTokens, toolNames, hasImages }: RouteContext,
  structuredOutput: boolean,
  limitNanoUsd: number | undefined,
): string | undefined {
  if (circuit && !circuit.available()) return "circuit-open";
  const needs = { tools: toolNames.length > 0, structuredOutput, vision: hasImages, inputTokens, outputCapTokens: 0 };
  const missing = missingCapability(candidate.capabilities, needs);
  if (missing !== undefined || limitNanoUsd === undefined) return missing;
  const price = candidate.priceOf({ inputTokens, outputTokens: EXPECTED_OUTPUT_TOKENS });
  return price === null ? "price-unknown" : price > limitNanoUsd ? "over-limit" : undefined;
}
