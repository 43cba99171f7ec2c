import {
  approximateTokenCounter,
  type Clock,
  countMessageTokens,
  type FailureLog,
  type RoutingCandidateView,
  type RoutingDecision,
  type TokenCounter,
  type Usage,
} from "@langthrift/core";
import { NoCandidateError } from "../no-candidate-error.ts";
import { createRouteContext, type RouteContext } from "../route-context.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { askPolicy, type Choice } from "./ask-policy.ts";
import { affordable } from "./budget-filter.ts";
import type { RouterBudget } from "./budget.ts";
import type { Circuit } from "./circuit.ts";
import { missingCapability } from "./eligibility.ts";
import type { RateCap } from "./rate-cap.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import { type Exclusions, EXPECTED_OUTPUT_TOKENS, type RoutePlan, type RouteRequest } from "./route-plan.ts";
import type { SessionPins } from "./session-pins.ts";
import { stayOrSwitch } from "./stay-or-switch.ts";
import type { StickyOptions } from "./sticky.ts";

export interface DeciderOptions {
  readonly candidates: readonly ResolvedCandidate[];
  readonly defaultCandidate: ResolvedCandidate;
  readonly policy: RoutingPolicy;
  readonly sticky: false | StickyOptions;
  readonly circuits: ReadonlyMap<ResolvedCandidate, Circuit>;
  readonly budget: RouterBudget | undefined;
  readonly rateCap: RateCap;
  readonly pins: SessionPins;
  readonly tokenCounter: TokenCounter | undefined;
  readonly decideTimeoutMs: number;
  readonly includeDecision: boolean;
  readonly failures: FailureLog;
  readonly clock: Clock;
}

/** The pipeline before the call: capability → budget → rate cap → breaker → sticky → policy. */
export class Decider {
  readonly #options: DeciderOptions;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  /** @throws {NoCandidateError} when no candidate can serve the request; {BudgetExceededError} as the budget says. */
  async plan(request: RouteRequest, explain: boolean = this.#options.includeDecision): Promise<RoutePlan> {
    const { clock, tokenCounter = approximateTokenCounter } = this.#options;
    const started = clock.monotonic();
    const { messages, toolNames, config, onOverhead } = request;
    const inputTokens = countMessageTokens(messages, tokenCounter);
    const context = createRouteContext({ messages, toolNames, inputTokens, ...(config && { config }), ...(onOverhead && { onOverhead }) });
    const usage = { inputTokens, outputTokens: request.outputCapTokens ?? EXPECTED_OUTPUT_TOKENS };

    const excluded: Exclusions = new Map();
    const capable = this.#capable(request, context, excluded);
    const forced = this.#forced(context, capable);
    const { choice, within, closed } = forced
      ? { choice: { candidate: forced, policy: "forced", reason: "forceModel" } satisfies Choice, within: capable, closed: capable }
      : await this.#choose(context, capable, usage, excluded);

    const open = within.filter((candidate) => !closed.includes(candidate));
    return {
      context,
      decision: {
        id: request.id,
        model: choice.candidate.name,
        ...evidenceOf(choice),
        latencyMs: Math.round((clock.monotonic() - started) * 1000) / 1000,
        ...(explain && { considered: this.#considered(choice, usage, excluded) }),
      },
      chosen: choice.candidate,
      others: [...closed, ...open].filter((candidate) => candidate !== choice.candidate),
    };
  }

  async #choose(
    context: RouteContext,
    capable: readonly ResolvedCandidate[],
    usage: Usage,
    excluded: Exclusions,
  ): Promise<{ choice: Choice; within: readonly ResolvedCandidate[]; closed: readonly ResolvedCandidate[] }> {
    const { budget, failures, rateCap, decideTimeoutMs } = this.#options;
    const priced = await affordable(context, capable, usage, excluded, { budget, failures, timeoutMs: decideTimeoutMs });
    const within = await rateCap.under(priced, excluded);
    const closed = this.#closed(within, excluded);
    const choice = await stayOrSwitch(context, closed, this.#options, () => askPolicy(context, closed, this.#options));
    return { choice, within, closed };
  }

  #capable(
    { toolNames, structuredOutput, outputCapTokens = 0 }: RouteRequest,
    { hasImages, inputTokens }: RouteContext,
    excluded: Exclusions,
  ): ResolvedCandidate[] {
    const { candidates } = this.#options;
    const needs = { tools: toolNames.length > 0, structuredOutput, vision: hasImages, inputTokens, outputCapTokens };
    const capable = candidates.filter((candidate) => {
      const missing = missingCapability(candidate.capabilities, needs);
      if (missing !== undefined) excluded.set(candidate, missing);
      return missing === undefined;
    });
    if (capable.length > 0) return capable;
    throw new NoCandidateError(Object.fromEntries(candidates.map((candidate) => [candidate.name, excluded.get(candidate) ?? ""])));
  }

  #forced({ config }: RouteContext, capable: readonly ResolvedCandidate[]): ResolvedCandidate | undefined {
    const name = (config?.configurable as Record<string, unknown> | undefined)?.["forceModel"];
    if (name === undefined) return undefined;
    const found = capable.find((candidate) => candidate.name === name);
    if (found) return found;
    this.#options.failures.note("force-model-unavailable", `forceModel ${JSON.stringify(name)} is no candidate that can serve the request`);
    return undefined;
  }

  /** Candidates whose circuit lets a call through; when all are open, the one that reopens first. */
  #closed(within: readonly ResolvedCandidate[], excluded: Exclusions): readonly ResolvedCandidate[] {
    const { circuits } = this.#options;
    const closed = within.filter((candidate) => circuits.get(candidate)?.available() ?? true);
    for (const candidate of within) if (!closed.includes(candidate)) excluded.set(candidate, "circuit-open");
    if (closed.length > 0) return closed;
    const first = [...within].sort((a, b) => (circuits.get(a)?.reopensAt ?? 0) - (circuits.get(b)?.reopensAt ?? 0))[0]!;
    excluded.delete(first);
    return [first];
  }

  #considered({ evidence }: Choice, usage: Usage, excluded: Exclusions): RoutingCandidateView[] {
    return this.#options.candidates.map((candidate) => {
      const quality = evidence?.quality?.[candidate.name];
      const reason = excluded.get(candidate);
      return {
        model: candidate.name,
        ...(quality !== undefined && { quality }),
        nanoUsd: candidate.priceOf(usage),
        ...(reason !== undefined && { excluded: reason }),
      };
    });
  }
}

function evidenceOf({ policy, reason, sticky, evidence = {} }: Choice): Omit<RoutingDecision, "id" | "model" | "latencyMs"> {
  const { score, threshold, confidence, signals } = evidence;
  return {
    policy,
    reason,
    ...(score !== undefined && { score }),
    ...(threshold !== undefined && { threshold }),
    ...(confidence !== undefined && { confidence }),
    ...(signals && { signals }),
    ...(sticky && { sticky: true }),
  };
}
