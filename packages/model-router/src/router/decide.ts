import {
  approximateTokenCounter,
  BudgetExceededError,
  type Clock,
  countMessageTokens,
  type FailureLog,
  type NanoUsd,
  type RoutingCandidateView,
  type RoutingDecision,
  TimeoutError,
  type TokenCounter,
  toUsd,
  withTimeout,
} from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { NoCandidateError } from "../no-candidate-error.ts";
import { createRouteContext, type RouteContext } from "../route-context.ts";
import type { RouterStore } from "../router-store.ts";
import type { PolicyResult, RoutingPolicy } from "../routing-policy.ts";
import type { RouterBudget } from "./budget.ts";
import type { Circuit } from "./circuit.ts";
import { missingCapability, nearestEligible } from "./eligibility.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import { isStalled, loopModel, sessionKey, type StickyOptions, switchPays } from "./sticky.ts";

/** A request as the pipeline sees it. */
export interface RouteRequest {
  readonly messages: readonly BaseMessage[];
  readonly toolNames: readonly string[];
  readonly structuredOutput: boolean;
  readonly outputCapTokens?: number | undefined;
  readonly config?: RunnableConfig | undefined;
}

/** Who answers, and who may step in. */
export interface RoutePlan {
  readonly context: RouteContext;
  readonly decision: RoutingDecision;
  readonly chosen: ResolvedCandidate;
  /** Candidates that can serve the request and may be asked when the chosen one fails: closed circuits first. */
  readonly others: readonly ResolvedCandidate[];
  /** Where to keep the choice for the session; absent when it is not to be kept. */
  readonly pinKey?: string;
}

export interface DeciderOptions {
  readonly candidates: readonly ResolvedCandidate[];
  readonly defaultCandidate: ResolvedCandidate;
  readonly policy: RoutingPolicy;
  readonly sticky: false | StickyOptions;
  readonly circuits: ReadonlyMap<ResolvedCandidate, Circuit>;
  readonly budget: RouterBudget | undefined;
  readonly store: RouterStore;
  readonly tokenCounter: TokenCounter | undefined;
  readonly decideTimeoutMs: number;
  readonly includeDecision: boolean;
  readonly failures: FailureLog;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Output assumed where the call has no cap, for prices before the call. */
const EXPECTED_OUTPUT_TOKENS = 256;

interface Choice {
  readonly candidate: ResolvedCandidate;
  readonly policy: string;
  readonly reason: string;
  readonly sticky?: boolean;
  readonly pin?: boolean;
  readonly pick?: Extract<PolicyResult, { kind: "pick" }>;
}

/** The pipeline before the call: capability → budget → breaker → sticky → policy. */
export class Decider {
  readonly #options: DeciderOptions;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  async plan(request: RouteRequest, explain: boolean = this.#options.includeDecision): Promise<RoutePlan> {
    const { candidates, clock, newId, tokenCounter = approximateTokenCounter } = this.#options;
    const started = clock.monotonic();
    const inputTokens = countMessageTokens(request.messages, tokenCounter);
    const context = createRouteContext({
      messages: request.messages,
      toolNames: request.toolNames,
      inputTokens,
      ...(request.config && { config: request.config }),
    });
    const excluded = new Map<ResolvedCandidate, string>();

    const capable = candidates.filter((candidate) => {
      const missing = missingCapability(candidate.capabilities, {
        tools: request.toolNames.length > 0,
        structuredOutput: request.structuredOutput,
        vision: context.hasImages,
        inputTokens,
        outputCapTokens: request.outputCapTokens ?? 0,
      });
      if (missing !== undefined) excluded.set(candidate, missing);
      return missing === undefined;
    });
    if (capable.length === 0) {
      throw new NoCandidateError(Object.fromEntries(candidates.map((candidate) => [candidate.name, excluded.get(candidate) ?? ""])));
    }

    const usage = { inputTokens, outputTokens: request.outputCapTokens ?? EXPECTED_OUTPUT_TOKENS };
    const forced = this.#forced(context, capable);
    let affordable: readonly ResolvedCandidate[] = capable;
    let closed: readonly ResolvedCandidate[] = capable;
    let choice: Choice;
    if (forced) choice = { candidate: forced, policy: "forced", reason: "forceModel" };
    else {
      affordable = await this.#affordable(context, capable, usage, excluded);
      affordable = await this.#underRate(affordable, excluded);
      closed = this.#closed(affordable, excluded);
      choice = await this.#choose(context, closed);
    }

    const { pick } = choice;
    const considered: RoutingCandidateView[] | undefined = explain
      ? candidates.map((candidate) => ({
          model: candidate.name,
          ...(pick?.quality?.[candidate.name] !== undefined && { quality: pick.quality[candidate.name]! }),
          nanoUsd: candidate.priceOf(usage),
          ...(excluded.has(candidate) && { excluded: excluded.get(candidate)! }),
        }))
      : undefined;
    const decision: RoutingDecision = {
      id: newId(),
      model: choice.candidate.name,
      policy: choice.policy,
      reason: choice.reason,
      ...(pick?.score !== undefined && { score: pick.score }),
      ...(pick?.threshold !== undefined && { threshold: pick.threshold }),
      ...(pick?.confidence !== undefined && { confidence: pick.confidence }),
      ...(pick?.signals && { signals: pick.signals }),
      ...(choice.sticky && { sticky: true }),
      latencyMs: Math.round((clock.monotonic() - started) * 1000) / 1000,
      ...(considered && { considered }),
    };
    const { sticky } = this.#options;
    const pinKey = sticky && sticky.scope === "session" && choice.pin !== false && !forced ? this.#sessionKey(context, sticky) : undefined;
    const open = affordable.filter((candidate) => !closed.includes(candidate));
    return {
      context,
      decision,
      chosen: choice.candidate,
      others: [...closed, ...open].filter((candidate) => candidate !== choice.candidate),
      ...(pinKey !== undefined && { pinKey }),
    };
  }

  #forced(context: RouteContext, capable: readonly ResolvedCandidate[]): ResolvedCandidate | undefined {
    const name = (context.config?.configurable as Record<string, unknown> | undefined)?.["forceModel"];
    if (name === undefined) return undefined;
    const found = capable.find((candidate) => candidate.name === name);
    if (!found)
      this.#options.failures.note(
        "force-model-unavailable",
        `forceModel ${JSON.stringify(name)} is no candidate that can serve the request`,
      );
    return found;
  }

  async #affordable(
    context: RouteContext,
    capable: readonly ResolvedCandidate[],
    usage: { inputTokens: number; outputTokens: number },
    excluded: Map<ResolvedCandidate, string>,
  ): Promise<readonly ResolvedCandidate[]> {
    const { budget, failures } = this.#options;
    if (!budget) return capable;
    let left: NanoUsd | null;
    try {
      left = await withTimeout("router budget", this.#options.decideTimeoutMs, () => budget.remaining(context));
    } catch (error) {
      failures.note("budget-unavailable", error);
      return capable;
    }
    if (left === null) return capable;
    const remaining = left;
    const priced = capable.map((candidate) => ({ candidate, price: candidate.priceOf(usage) }));
    const fitting = priced.filter(({ candidate, price }) => {
      const reason = price === null ? "price-unknown" : price > remaining ? "over-budget" : undefined;
      if (reason !== undefined) excluded.set(candidate, reason);
      return reason === undefined;
    });
    if (fitting.length > 0) return fitting.map(({ candidate }) => candidate);
    if (budget.onExceeded === "error") {
      const limitUsd = toUsd(budget.limit);
      throw new BudgetExceededError({
        budgetId: "model-router",
        spentUsd: Math.max(0, limitUsd - toUsd(remaining)),
        heldUsd: 0,
        limitUsd,
        resetAt: new Date(budget.resetAt()),
      });
    }
    const known = priced.filter(({ price }) => price !== null).sort((a, b) => a.price! - b.price!);
    const cheapest = known[0]?.candidate ?? capable[0]!;
    excluded.delete(cheapest);
    return [cheapest];
  }

  async #underRate(
    affordable: readonly ResolvedCandidate[],
    excluded: Map<ResolvedCandidate, string>,
  ): Promise<readonly ResolvedCandidate[]> {
    if (!affordable.some(({ maxRpm }) => maxRpm !== undefined)) return affordable;
    const { store, clock, failures, decideTimeoutMs } = this.#options;
    const minute = Math.floor(clock.now() / 60_000);
    try {
      const counts = await withTimeout("router rate cap", decideTimeoutMs, () =>
        Promise.all(affordable.map(async ({ name, maxRpm }) => (maxRpm === undefined ? 0 : await store.get(`rpm:${name}:${minute}`)))),
      );
      const under = affordable.filter(({ maxRpm }, index) => maxRpm === undefined || Number(counts[index] ?? 0) < maxRpm);
      if (under.length === 0) return affordable;
      for (const candidate of affordable) if (!under.includes(candidate)) excluded.set(candidate, "rate-cap");
      return under;
    } catch (error) {
      failures.note("store-unavailable", error);
      return affordable;
    }
  }

  /** Candidates whose circuit lets a call through; when all are open, the one that reopens first. */
  #closed(affordable: readonly ResolvedCandidate[], excluded: Map<ResolvedCandidate, string>): readonly ResolvedCandidate[] {
    const { circuits } = this.#options;
    const closed = affordable.filter((candidate) => circuits.get(candidate)?.available() ?? true);
    for (const candidate of affordable) if (!closed.includes(candidate)) excluded.set(candidate, "circuit-open");
    if (closed.length > 0) return closed;
    const first = [...affordable].sort((a, b) => (circuits.get(a)?.reopensAt ?? 0) - (circuits.get(b)?.reopensAt ?? 0))[0]!;
    excluded.delete(first);
    return [first];
  }

  async #choose(context: RouteContext, eligible: readonly ResolvedCandidate[]): Promise<Choice> {
    const { sticky, candidates } = this.#options;
    if (sticky === false) return this.#byPolicy(context, eligible);
    const byName = (name: string | undefined) => candidates.find((candidate) => candidate.name === name);

    const loop = byName(loopModel(context));
    if (loop && eligible.includes(loop)) {
      const stronger = isStalled(context) ? eligible.find(({ rank }) => rank > loop.rank) : undefined;
      // An escalation is for this task, not for the session.
      if (stronger) return { candidate: stronger, policy: "sticky", reason: "stalled: one tier up", sticky: false, pin: false };
      return { candidate: loop, policy: "sticky", reason: "tool-loop", sticky: true };
    }

    const session = sticky.scope === "session";
    const current = session ? byName(await this.#pinned(context, sticky)) : byName(context.previous?.model);
    const choice = await this.#byPolicy(context, eligible);
    if (!current || !eligible.includes(current) || choice.candidate === current) return choice;
    const stay: Choice = { candidate: current, policy: "sticky", reason: session ? "session" : "switch-does-not-pay", sticky: true };
    // A default is no evidence for leaving a session's model.
    if (session && !choice.pick) return stay;
    if (choice.candidate.rank > current.rank) return choice;
    if (session && sticky.upgradeOnly) return stay;
    const fresh = Math.min(context.inputTokens, Math.ceil(context.task.length / 4));
    const pays = switchPays(current, choice.candidate, {
      cachedTokens: context.inputTokens - fresh,
      freshTokens: fresh,
      outputTokens: EXPECTED_OUTPUT_TOKENS,
    });
    return pays ? choice : stay;
  }

  async #byPolicy(context: RouteContext, eligible: readonly ResolvedCandidate[]): Promise<Choice> {
    const { policy, candidates, failures, decideTimeoutMs } = this.#options;
    let result: PolicyResult;
    try {
      const decided = policy.decide(context, eligible);
      result =
        decided instanceof Promise
          ? await withTimeout(
              `routing policy ${policy.name}`,
              Math.max(decideTimeoutMs, policy.timeoutMs ?? 0),
              () => decided,
              context.config?.signal,
            )
          : decided;
    } catch (error) {
      if (context.config?.signal?.aborted) throw error;
      const reason = TimeoutError.isInstance(error) ? "policy-timeout" : "policy-failed";
      failures.note(reason, error);
      return this.#default(eligible, policy.name, reason);
    }
    if (result.kind === "abstain") {
      const hint = (context.config?.configurable as Record<string, unknown> | undefined)?.["routeHint"];
      const hinted = eligible.find(({ name }) => name === hint);
      if (hinted) return { candidate: hinted, policy: "hint", reason: "routeHint" };
      return this.#default(eligible, policy.name, `abstained: ${result.reason}`);
    }
    const wanted = candidates.find(({ name }) => name === result.model);
    if (!wanted) {
      failures.note("policy-unknown-model", `policy ${policy.name} picked "${result.model}", which is no candidate`);
      return this.#default(eligible, policy.name, "policy-unknown-model");
    }
    const candidate = nearestEligible(wanted, eligible);
    const reason = candidate === wanted ? result.reason : `${result.reason}; ${wanted.name} cannot serve it`;
    return { candidate, policy: policy.name, reason, pick: result };
  }

  #default(eligible: readonly ResolvedCandidate[], policy: string, reason: string): Choice {
    return { candidate: nearestEligible(this.#options.defaultCandidate, eligible), policy, reason };
  }

  async #pinned(context: RouteContext, sticky: StickyOptions): Promise<string | undefined> {
    const key = this.#sessionKey(context, sticky);
    if (key === undefined) return undefined;
    try {
      const value = await withTimeout("router session", this.#options.decideTimeoutMs, () => this.#options.store.get(key));
      return typeof value === "string" ? value : undefined;
    } catch (error) {
      this.#options.failures.note("store-unavailable", error);
      return undefined;
    }
  }

  #sessionKey(context: RouteContext, sticky: StickyOptions): string | undefined {
    try {
      return sessionKey(context, sticky.key);
    } catch (error) {
      this.#options.failures.note("session-key-failed", error);
      return undefined;
    }
  }
}
