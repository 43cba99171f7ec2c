import type { CandidateCapabilities } from "../candidate.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** What a request needs of a model. */
export interface Needs {
  readonly tools: boolean;
  readonly structuredOutput: boolean;
  readonly vision: boolean;
  readonly inputTokens: number;
  readonly outputCapTokens: number;
}

/** Why a model cannot serve the request; `undefined` when it can, or when nothing speaks against it. */
export function missingCapability(
  { tools, structuredOutput, vision, maxInputTokens }: CandidateCapabilities,
  needs: Needs,
): string | undefined {
  if (needs.tools && tools === false) return "no-tools";
  if (needs.structuredOutput && structuredOutput === false && tools === false) return "no-structured-output";
  if (needs.vision && vision === false) return "no-vision";
  if (maxInputTokens !== undefined && needs.inputTokens + needs.outputCapTokens > maxInputTokens) return "context-too-small";
  return undefined;
}

/** The named candidate where it is eligible, else the next stronger one, else the strongest that is weaker. `eligible` is ordered by rank, not empty. */
export function nearestEligible(wanted: ResolvedCandidate, eligible: readonly ResolvedCandidate[]): ResolvedCandidate {
  if (eligible.includes(wanted)) return wanted;
  return eligible.find(({ rank }) => rank > wanted.rank) ?? eligible[eligible.length - 1]!;
}
