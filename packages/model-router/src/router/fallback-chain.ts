import type { ProviderError } from "./provider-error.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** Names in order, or an order by strength. */
export type FallbackOrder = readonly string[] | "cheaper-first" | "stronger-first";

/** Whom to ask when the chosen one fails, best first. */
export function fallbackChain(chosen: ResolvedCandidate, others: readonly ResolvedCandidate[], order: FallbackOrder): ResolvedCandidate[] {
  const rest = others.filter((candidate) => candidate !== chosen);
  if (typeof order !== "string") {
    const named = order.flatMap((name) => rest.find((candidate) => candidate.name === name) ?? []);
    return named;
  }
  const stronger = rest.filter(({ rank }) => rank > chosen.rank).sort((a, b) => a.rank - b.rank);
  const weaker = rest.filter(({ rank }) => rank < chosen.rank).sort((a, b) => b.rank - a.rank);
  return order === "stronger-first" ? [...stronger, ...weaker] : [...weaker, ...stronger];
}

/** What is left of the chain, given how the last one failed. */
export function afterFailure(failed: ResolvedCandidate, rest: readonly ResolvedCandidate[], { kind }: ProviderError): ResolvedCandidate[] {
  if (kind === "context-overflow") {
    const limit = failed.capabilities.maxInputTokens ?? 0;
    const size = (candidate: ResolvedCandidate) => candidate.capabilities.maxInputTokens ?? limit;
    return [...rest].sort((a, b) => size(b) - size(a));
  }
  if (kind === "rate-limit") {
    return [...rest].sort((a, b) => Number(b.tier === failed.tier) - Number(a.tier === failed.tier));
  }
  return [...rest];
}
