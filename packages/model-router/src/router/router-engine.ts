import { createFailureLog, type FailureLog, InvalidOptionError, type RoutingDecision, systemClock, type Usage } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import { randomUUID } from "node:crypto";
import { asksForStructure, boundToolNames, replayBindings } from "../model/bindings.ts";
import { CallCapture } from "../model/call-capture.ts";
import { childConfig } from "../model/child-config.ts";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import { stampOutput, usageOf } from "../model/model-output.ts";
import { startStream, wholeStream } from "../model/stream-head.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import type { ModelRouterOptions } from "../model-router-options.ts";
import { heuristicPolicy } from "../policies/heuristic-policy.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { createBudget } from "./budget.ts";
import { callCandidates, type CallCandidatesOptions, type CandidateCall } from "./call-candidates.ts";
import { type CallOrigin, CallReporter } from "./call-reporter.ts";
import { candidateNamed, checkOptions, warnOfRetries } from "./check-options.ts";
import { type Circuit, createCircuit } from "./circuit.ts";
import { Decider } from "./decide.ts";
import { guardedStore } from "./guarded-store.ts";
import { createRateCap } from "./rate-cap.ts";
import { lazyPrices, type ResolvedCandidate, resolveCandidates } from "./resolve-candidates.ts";
import type { RoutePlan, RouteRequest } from "./route-plan.ts";
import { createSessionPins, type SessionPins } from "./session-pins.ts";
import { createSharedCooldowns, type SharedCooldowns } from "./shared-cooldowns.ts";

/** Decides, calls, falls back, marks and reports. Shared by a router and everything bound from it. */
export class RouterEngine {
  readonly candidates: readonly ResolvedCandidate[];
  readonly failures: FailureLog;
  readonly #policy: RoutingPolicy;
  readonly #decider: Decider;
  readonly #calling: CallCandidatesOptions;
  readonly #circuits: ReadonlyMap<ResolvedCandidate, Circuit>;
  readonly #cooldowns: SharedCooldowns;
  readonly #pins: SessionPins;
  readonly #reporter: CallReporter;
  readonly #newId: () => string;

  constructor(options: ModelRouterOptions) {
    const { clock = systemClock, newId = randomUUID, logger, onEvent, policy = heuristicPolicy(), sticky = {}, fallback = {} } = options;
    const { breaker = {}, decideTimeoutMs = 250, includeDecision = false, tokenCounter } = options;
    this.#newId = newId;
    this.#policy = policy;
    const failures = createFailureLog({ strategy: "model-router", logger, onEvent, clock, newId });
    this.failures = failures;
    const prices = lazyPrices(options.prices);
    this.candidates = resolveCandidates(options.candidates, prices);
    checkOptions(options, this.candidates, policy);
    warnOfRetries(options);
    const strongest = this.candidates[this.candidates.length - 1]!;
    const defaultCandidate = options.default === undefined ? strongest : candidateNamed(this.candidates, options.default, "default");

    const store = guardedStore(options.store ?? memoryRouterStore({ clock }), { timeoutMs: decideTimeoutMs, clock });
    const budget = options.budget && createBudget(options.budget, store, clock);
    const rateCap = createRateCap({ store, clock, failures });
    this.#pins = createSessionPins({ sticky, store, clock, failures });
    this.#cooldowns = createSharedCooldowns({ store: options.store && store, clock, failures });
    this.#circuits = new Map(
      breaker === false
        ? []
        : this.candidates.map((candidate) => [candidate, createCircuit(breaker, (until) => this.#cooldowns.share(candidate, until))]),
    );
    this.#calling = { fallback, circuits: this.#circuits, rateCap, clock };
    this.#reporter = new CallReporter({ defaultCandidate, budget, prices, failures, clock, newId, onEvent });
    this.#decider = new Decider({
      candidates: this.candidates,
      defaultCandidate,
      policy,
      sticky,
      circuits: this.#circuits,
      budget,
      rateCap,
      pins: this.#pins,
      tokenCounter,
      decideTimeoutMs,
      includeDecision,
      failures,
      clock,
    });
  }

  async explain(
    messages: readonly BaseMessage[],
    toolNames: readonly string[],
    config: RunnableConfig | undefined,
  ): Promise<RoutingDecision> {
    const request = { messages, toolNames, structuredOutput: false, config };
    return (await this.#plan({ config: { ...config }, runManager: undefined }, request, true)).decision;
  }

  async recordFeedback(decisionId: string, reward: number): Promise<void> {
    if (!(reward >= 0 && reward <= 1)) throw new InvalidOptionError(`The reward is ${reward}. Pass a number from 0 to 1.`);
    await this.#policy.recordFeedback?.(decisionId, reward);
  }

  async invoke(call: ForwardCall): Promise<unknown> {
    const plan = await this.#plan(call, requestOf(call));
    return this.#call(call, plan, async (candidate, failed) => {
      const capture = new CallCapture();
      const model = replayBindings(await candidate.load(), call.bindings, call.structured);
      const output = await model.invoke(call.messages, childConfig(call, capture));
      const decision = this.#begins(plan, candidate, failed);
      await this.#reporter.answered(call, decision, candidate, capture, usageOf(output));
      return stampOutput(output, decision);
    });
  }

  async *stream(call: ForwardCall): AsyncGenerator<unknown> {
    const plan = await this.#plan(call, requestOf(call));
    // Until something is in the answer, another candidate may still give it.
    const { started, candidate, decision, capture } = await this.#call(call, plan, async (candidate, failed) => {
      const capture = new CallCapture();
      const model = replayBindings(await candidate.load(), call.bindings, call.structured);
      const started = await startStream(await model.stream(call.messages, childConfig(call, capture)));
      return { started, candidate, decision: this.#begins(plan, candidate, failed), capture };
    });
    let usage: Usage | null = null;
    let stamped = false;
    for await (const chunk of wholeStream(started)) {
      usage = usageOf(chunk) ?? usage;
      yield stamped ? chunk : stampOutput(chunk, decision);
      stamped = true;
    }
    // Not reached when the consumer left early: the tokens are not known then, so nothing is claimed.
    await this.#reporter.answered(call, decision, candidate, capture, usage);
  }

  async #plan(origin: CallOrigin, request: Omit<RouteRequest, "id" | "onOverhead">, explain?: boolean): Promise<RoutePlan> {
    this.#cooldowns.takeOver(this.#circuits);
    const id = this.#newId();
    const reports: Promise<void>[] = [];
    const plan = await this.#decider.plan(
      { ...request, id, onOverhead: (overhead) => void reports.push(this.#reporter.overhead(origin, id, overhead)) },
      explain,
    );
    await Promise.all(reports);
    return plan;
  }

  #call<T>({ config }: ForwardCall, plan: RoutePlan, call: CandidateCall<T>): Promise<T> {
    return callCandidates(plan, this.#calling, config.signal, call);
  }

  /** A candidate begins to answer: the final decision, kept for the session and told to the policy. */
  #begins({ decision: planned, context }: RoutePlan, { name }: ResolvedCandidate, failed: readonly string[]): RoutingDecision {
    const decision: RoutingDecision =
      failed.length === 0 ? planned : { ...planned, model: name, reason: `fallback after ${planned.reason}`, fallbackFrom: [...failed] };
    this.#pins.keep(context, decision);
    const noted = (error: unknown) => this.failures.note("policy-feedback-failed", error);
    try {
      this.#policy.onDecision?.(decision.id, context, name)?.catch(noted);
    } catch (error) {
      noted(error);
    }
    return decision;
  }
}

/** The tools are those that were bound or passed as options; a policy's own model runs are children of the router's run. */
function requestOf({ messages, config, runManager, bindings, structured }: ForwardCall): Omit<RouteRequest, "id" | "onOverhead"> {
  const options: Record<string, unknown> = { ...bindings.tools?.kwargs, ...config };
  return {
    messages,
    toolNames: boundToolNames(bindings, config as { tools?: unknown }),
    structuredOutput: asksForStructure(bindings, config, structured),
    outputCapTokens: outputCap(options),
    config: patchConfig(config as RunnableConfig, { callbacks: runManager?.getChild() }),
  };
}

function outputCap(options: Record<string, unknown>): number | undefined {
  for (const name of ["max_tokens", "maxTokens", "max_completion_tokens", "maxOutputTokens"]) {
    const value = options[name];
    if (typeof value === "number" && value > 0) return value;
  }
  return undefined;
}
