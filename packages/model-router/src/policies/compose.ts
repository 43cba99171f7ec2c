import type { RoutingPolicy } from "../routing-policy.ts";

/** Asks the policies in order; the first that does not abstain decides. One that throws counts as abstaining, unless it is the last. */
export function compose(...policies: readonly RoutingPolicy[]): RoutingPolicy {
  const timeouts = policies.flatMap(({ timeoutMs }) => (timeoutMs === undefined ? [] : [timeoutMs]));
  return {
    name: `compose(${policies.map(({ name }) => name).join(", ")})`,
    models: policies.flatMap(({ models }) => models ?? []),
    needsPrices: policies.some(({ needsPrices }) => needsPrices === true),
    ...(timeouts.length > 0 && { timeoutMs: Math.max(...timeouts) }),
    decide(context, eligible) {
      const reasons: string[] = [];
      const from = (start: number): ReturnType<RoutingPolicy["decide"]> => {
        for (let index = start; index < policies.length; index += 1) {
          const policy = policies[index]!;
          // Stays synchronous while the policies are: no timer, no tick.
          const settle = (result: Awaited<ReturnType<RoutingPolicy["decide"]>>) => {
            if (result.kind === "pick") return { ...result, reason: `${policy.name}: ${result.reason}` };
            reasons.push(`${policy.name}: ${result.reason}`);
            return undefined;
          };
          try {
            const result = policy.decide(context, eligible);
            if (result instanceof Promise) {
              return result.then(
                (value) => settle(value) ?? from(index + 1),
                (error: unknown) => {
                  if (index === policies.length - 1) throw error;
                  reasons.push(`${policy.name}: failed`);
                  return from(index + 1);
                },
              );
            }
            const settled = settle(result);
            if (settled) return settled;
          } catch (error) {
            if (index === policies.length - 1) throw error;
            reasons.push(`${policy.name}: failed`);
          }
        }
        return { kind: "abstain", reason: reasons.join("; ") };
      };
      return from(0);
    },
    async recordFeedback(decisionId, reward) {
      for (const policy of policies) await policy.recordFeedback?.(decisionId, reward);
    },
    onDecision(decisionId, context, model) {
      for (const policy of policies) policy.onDecision?.(decisionId, context, model);
    },
  };
}
