import { InvalidOptionError } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import type { RoutingPolicy } from "../routing-policy.ts";

/** Picks `use` for requests that meet all of its conditions. */
export interface RoutingRule {
  /** A candidate's name. */
  readonly use: string;
  /** Stands in the decision. @default "rule N" */
  readonly name?: string;
  /** Tried on the task; a string must occur in it, letter case ignored. */
  readonly text?: string | RegExp;
  /** One of these tools is bound. */
  readonly tools?: readonly string[];
  readonly minInputTokens?: number;
  readonly maxInputTokens?: number;
  readonly hasImages?: boolean;
  readonly when?: (context: RouteContext) => boolean;
}

/** The first rule that fits decides; none fits: abstains. @throws {InvalidOptionError} when a rule has no condition. */
export function rulePolicy(rules: readonly RoutingRule[]): RoutingPolicy {
  for (const [index, { use: _use, name: _name, ...conditions }] of rules.entries()) {
    if (Object.keys(conditions).length === 0) {
      throw new InvalidOptionError(`Rule ${index + 1} has no condition and would take every request. Make it the router's \`default\`.`);
    }
  }
  return {
    name: "rule",
    models: rules.map(({ use }) => use),
    decide(context) {
      const index = rules.findIndex((rule) => fits(rule, context));
      const rule = rules[index];
      if (!rule) return { kind: "abstain", reason: "no rule fits" };
      return { kind: "pick", model: rule.use, reason: rule.name ?? `rule ${index + 1}`, confidence: 1 };
    },
  };
}

function fits({ text, tools, minInputTokens, maxInputTokens, hasImages, when }: RoutingRule, context: RouteContext): boolean {
  // `search` ignores the state that a global RegExp keeps between calls.
  if (typeof text === "string" && !context.task.toLowerCase().includes(text.toLowerCase())) return false;
  if (text instanceof RegExp && context.task.search(text) < 0) return false;
  if (tools && !tools.some((tool) => context.toolNames.includes(tool))) return false;
  if (minInputTokens !== undefined && context.inputTokens < minInputTokens) return false;
  if (maxInputTokens !== undefined && context.inputTokens > maxInputTokens) return false;
  if (hasImages !== undefined && context.hasImages !== hasImages) return false;
  return when?.(context) ?? true;
}
