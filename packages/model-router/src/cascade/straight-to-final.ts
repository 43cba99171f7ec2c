import { type FailureLog, withTimeout } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import type { CandidateView, RoutingPolicy } from "../routing-policy.ts";

const PREFILTER_TIMEOUT_MS = 250;

/** Why no draft is made; `undefined` when one is. A task that was escalated stays escalated, and the prefilter may know better. */
export async function straightToFinal(
  context: RouteContext,
  final: CandidateView,
  candidates: readonly CandidateView[],
  prefilter: RoutingPolicy | undefined,
  failures: FailureLog,
): Promise<string | undefined> {
  const { messages, previous, config } = context;
  if (messages[messages.length - 1]?.type === "tool" && previous?.model === final.name) return "tool-loop";
  if (!prefilter) return undefined;
  try {
    const decided = prefilter.decide(context, candidates);
    const limitMs = prefilter.timeoutMs ?? PREFILTER_TIMEOUT_MS;
    const result = decided instanceof Promise ? await withTimeout("cascade prefilter", limitMs, () => decided, config?.signal) : decided;
    return result.kind === "pick" && result.model === final.name ? `prefilter: ${result.reason}` : undefined;
  } catch (error) {
    if (config?.signal?.aborted) throw error;
    failures.note("prefilter-failed", error);
    return undefined;
  }
}
