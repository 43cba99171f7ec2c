import { type FailureLog, TimeoutError, withTimeout } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import type { PolicyEvidence, PolicyResult, RoutingPolicy } from "../routing-policy.ts";
import { nearestEligible } from "./eligibility.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** Whom the pipeline chose, and on what evidence. */
export interface Choice {
  readonly candidate: ResolvedCandidate;
  readonly policy: string;
  readonly reason: string;
  readonly sticky?: boolean;
  /** The policy picked; a default, a hint and a pin are no evidence. */
  readonly picked?: boolean;
  readonly evidence?: PolicyEvidence;
}

export interface AskPolicyOptions {
  readonly candidates: readonly ResolvedCandidate[];
  readonly defaultCandidate: ResolvedCandidate;
  readonly policy: RoutingPolicy;
  readonly decideTimeoutMs: number;
  readonly failures: FailureLog;
}

/** The policy's pick, or the default where it abstains, fails, is slow or names nobody. Throws only when the call was aborted. */
export async function askPolicy(context: RouteContext, eligible: readonly ResolvedCandidate[], options: AskPolicyOptions): Promise<Choice> {
  const { policy, candidates, failures } = options;
  const byDefault = (reason: string, evidence?: PolicyEvidence): Choice => ({
    candidate: nearestEligible(options.defaultCandidate, eligible),
    policy: policy.name,
    reason,
    ...(evidence && { evidence }),
  });
  let result: PolicyResult;
  try {
    result = await decided(context, eligible, options);
  } catch (error) {
    if (context.config?.signal?.aborted) throw error;
    const reason = TimeoutError.isInstance(error) ? "policy-timeout" : "policy-failed";
    failures.note(reason, error);
    return byDefault(reason);
  }
  if (result.kind === "abstain") {
    const hint = (context.config?.configurable as Record<string, unknown> | undefined)?.["routeHint"];
    const hinted = eligible.find(({ name }) => name === hint);
    if (hinted) return { candidate: hinted, policy: "hint", reason: "routeHint" };
    return byDefault(`abstained: ${result.reason}`, result);
  }
  const { model } = result;
  const wanted = candidates.find(({ name }) => name === model);
  if (!wanted) {
    failures.note("policy-unknown-model", `policy ${policy.name} picked "${model}", which is no candidate`);
    return byDefault("policy-unknown-model");
  }
  const candidate = nearestEligible(wanted, eligible);
  const reason = candidate === wanted ? result.reason : `${result.reason}; ${wanted.name} cannot serve it`;
  return { candidate, policy: policy.name, reason, picked: true, evidence: result };
}

/** Synchronous policies cost no timer and no tick of the event loop more than the call itself. */
async function decided(
  context: RouteContext,
  eligible: readonly ResolvedCandidate[],
  { policy, decideTimeoutMs }: AskPolicyOptions,
): Promise<PolicyResult> {
  const result = policy.decide(context, eligible);
  if (!(result instanceof Promise)) return result;
  const limitMs = Math.max(decideTimeoutMs, policy.timeoutMs ?? 0);
  return withTimeout(`routing policy ${policy.name}`, limitMs, () => result, context.config?.signal);
}
