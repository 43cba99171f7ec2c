import { BudgetExceededError, type Clock, findError } from "@langthrift/core";
import type { FallbackOptions } from "../model-router-options.ts";
import type { Circuit } from "./circuit.ts";
import { afterFailure, fallbackChain } from "./fallback-chain.ts";
import { readProviderError } from "./provider-error.ts";
import type { RateCap } from "./rate-cap.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import type { RoutePlan } from "./route-plan.ts";

export interface CallCandidatesOptions {
  readonly fallback: false | FallbackOptions;
  readonly circuits: ReadonlyMap<ResolvedCandidate, Circuit>;
  readonly rateCap: RateCap;
  readonly clock: Pick<Clock, "now">;
}

/** One try at a candidate; `failed` holds the names of those that were asked before it, or passed over. */
export type CandidateCall<T> = (candidate: ResolvedCandidate, failed: readonly string[]) => Promise<T>;

/** Tries the chosen candidate, then the others, as long as the error is one that another may mend. Throws the last provider's error unchanged. */
export async function callCandidates<T>(
  { chosen, others, decision }: RoutePlan,
  { fallback, circuits, rateCap, clock }: CallCandidatesOptions,
  signal: AbortSignal | undefined,
  call: CandidateCall<T>,
): Promise<T> {
  const maxAttempts = fallback ? (fallback.maxAttempts ?? Infinity) : 1;
  const available = (one: ResolvedCandidate) => circuits.get(one)?.available() ?? true;
  const failed: string[] = [];
  let candidate = chosen;
  let rest = fallback ? fallbackChain(chosen, others, fallback.order ?? "stronger-first") : [];
  // Another request began to try its circuit since the plan was made: one try is enough.
  if (decision.policy !== "forced" && !available(chosen) && rest.some(available)) {
    failed.push(chosen.name);
    candidate = rest.find(available)!;
    rest = [...rest.filter((one) => one !== candidate), chosen];
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      rateCap.count(candidate);
      const circuit = circuits.get(candidate);
      const run = () => call(candidate, failed);
      // As a fallback even an open circuit is asked: nobody is refused.
      return await (circuit ? circuit.run(run, { force: attempt > 1 && !circuit.available() }) : run());
    } catch (error) {
      const now = clock.now();
      const [next] = (rest = afterFailure(candidate, rest, readProviderError(error, now)));
      if (signal?.aborted || !fallback || !next || attempt >= maxAttempts || !mayMend(error, fallback, now)) throw error;
      failed.push(candidate.name);
      candidate = next;
      rest = rest.slice(1);
    }
  }
}

/** What LangGraph throws to steer a graph is no failure. */
const graphSignals = new Set<unknown>(["GraphInterrupt", "NodeInterrupt", "GraphBubbleUp", "ParentCommand"]);

function mayMend(error: unknown, { on }: FallbackOptions, now: number): boolean {
  if (findError(error, BudgetExceededError)) return false;
  if (graphSignals.has((error as { name?: unknown } | undefined)?.name)) return false;
  if (on) return on(error);
  return readProviderError(error, now).kind !== "aborted";
}
