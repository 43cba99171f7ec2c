import { InvalidOptionError, withTimeout } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import { checkPolicy } from "../router/check-options.ts";
import type { CandidateView, PolicyResult, RoutingPolicy } from "../routing-policy.ts";

/** For the policies that name no limit, and for what lies between the policies. */
const OWN_TIMEOUT_MS = 250;

/**
 * Asks the policies in order; the first that does not abstain decides. One that throws, or exceeds its own `timeoutMs`, counts as abstaining,
 * unless it is the last. The decision's `signals` are the deciding policy's; its `reason` begins with that policy's name.
 *
 * @throws {InvalidOptionError} without a policy, or when one cannot work.
 */
export function compose(...policies: readonly RoutingPolicy[]): RoutingPolicy {
  if (policies.length === 0) throw new InvalidOptionError("`compose` got no policies. Pass at least one.");
  for (const policy of policies) checkPolicy(policy);
  const limits = policies.flatMap(({ timeoutMs }) => (timeoutMs === undefined ? [] : [timeoutMs]));

  // Stays synchronous while the policies are: no timer, no tick.
  function ask(
    context: RouteContext,
    eligible: readonly CandidateView[],
    index: number,
    said: readonly string[],
  ): ReturnType<RoutingPolicy["decide"]> {
    const policy = policies[index];
    if (!policy) return { kind: "abstain", reason: said.join("; ") };
    const goOn = (result: PolicyResult): ReturnType<RoutingPolicy["decide"]> => {
      const reason = `${policy.name}: ${result.reason}`;
      if (result.kind === "pick") return { ...result, reason };
      if (index === policies.length - 1) return { ...result, reason: [...said, reason].join("; ") };
      return ask(context, eligible, index + 1, [...said, reason]);
    };
    const failed = (error: unknown): ReturnType<RoutingPolicy["decide"]> => {
      if (index === policies.length - 1 || context.config?.signal?.aborted) throw error;
      return ask(context, eligible, index + 1, [...said, `${policy.name}: failed`]);
    };
    let result: ReturnType<RoutingPolicy["decide"]>;
    try {
      result = policy.decide(context, eligible);
    } catch (error) {
      return failed(error);
    }
    if (!(result instanceof Promise)) return goOn(result);
    const decided = result;
    return withTimeout(`routing policy ${policy.name}`, policy.timeoutMs ?? OWN_TIMEOUT_MS, () => decided, context.config?.signal).then(
      goOn,
      failed,
    );
  }

  return {
    name: `compose(${policies.map(({ name }) => name).join(", ")})`,
    models: [...new Set(policies.flatMap(({ models }) => models ?? []))],
    needsPrices: policies.some(({ needsPrices }) => needsPrices === true),
    // Each policy may use up its own; the sum keeps the router from cutting off a later one.
    ...(limits.length > 0 && { timeoutMs: limits.reduce((sum, limit) => sum + limit, OWN_TIMEOUT_MS) }),
    decide: (context, eligible) => ask(context, eligible, 0, []),
    async recordFeedback(decisionId, reward) {
      for (const policy of policies) await policy.recordFeedback?.(decisionId, reward);
    },
    async onDecision(decisionId, context, model) {
      for (const policy of policies) await policy.onDecision?.(decisionId, context, model);
    },
  };
}
