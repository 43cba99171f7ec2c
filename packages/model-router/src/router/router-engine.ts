import {
  BudgetExceededError,
  type Clock,
  createFailureLog,
  createPriceBook,
  dispatchSavings,
  type FailureLog,
  findError,
  InvalidOptionError,
  type PriceBook,
  resolveLogger,
  type RoutingDecision,
  type SavingsEvent,
  systemClock,
  type Usage,
} from "@langthrift/core";
import { type BaseMessage, isBaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { randomUUID } from "node:crypto";
import { boundToolNames, replayBindings } from "../model/bindings.ts";
import { CallCapture } from "../model/call-capture.ts";
import { childConfig } from "../model/child-config.ts";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import { stampOutput, usageOf } from "../model/model-output.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import type { FallbackOptions, ModelRouterOptions } from "../model-router-options.ts";
import { heuristicPolicy } from "../policies/heuristic-policy.ts";
import type { RouterStore } from "../router-store.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { createBudget, type RouterBudget } from "./budget.ts";
import { type Circuit, createCircuit } from "./circuit.ts";
import { Decider, type RoutePlan, type RouteRequest } from "./decide.ts";
import { afterFailure, fallbackChain } from "./fallback-chain.ts";
import { readProviderError } from "./provider-error.ts";
import { decisionEvent } from "./report-decision.ts";
import { type ResolvedCandidate, resolveCandidates } from "./resolve-candidates.ts";
import type { StickyOptions } from "./sticky.ts";

const DEFAULT_TTL_MS = 3_600_000;

/** Decides, calls, falls back, marks and reports. Shared by a router and everything bound from it. */
export class RouterEngine {
  readonly candidates: readonly ResolvedCandidate[];
  readonly failures: FailureLog;
  readonly #policy: RoutingPolicy;
  readonly #decider: Decider;
  readonly #default: ResolvedCandidate;
  readonly #fallback: false | FallbackOptions;
  readonly #sticky: false | StickyOptions;
  readonly #circuits: ReadonlyMap<ResolvedCandidate, Circuit>;
  readonly #budget: RouterBudget | undefined;
  readonly #store: RouterStore;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #sharedStore: boolean;
  #cooldownsReadAt = -Infinity;
  readonly #onEvent: ((event: SavingsEvent) => void) | undefined;

  constructor(options: ModelRouterOptions) {
    const { clock = systemClock, newId = randomUUID, logger, onEvent, policy = heuristicPolicy(), sticky = {}, fallback = {} } = options;
    const { breaker = {}, store = memoryRouterStore({ clock }), decideTimeoutMs = 250, includeDecision = false, tokenCounter } = options;
    if (!(Number.isFinite(decideTimeoutMs) && decideTimeoutMs > 0)) {
      throw new InvalidOptionError(`\`decideTimeoutMs\` is ${decideTimeoutMs}. Pass milliseconds, above 0.`);
    }
    this.#clock = clock;
    this.#newId = newId;
    this.#onEvent = onEvent;
    this.#policy = policy;
    this.#fallback = fallback;
    this.#sticky = sticky;
    this.#store = store;
    this.#sharedStore = options.store !== undefined;
    this.failures = createFailureLog({ strategy: "model-router", logger, onEvent, clock, newId });
    this.candidates = resolveCandidates(options.candidates, lazyPrices(options.prices));
    this.#default = this.#named(options.default, "default") ?? this.candidates[this.candidates.length - 1]!;
    for (const name of policy.models ?? []) this.#named(name, `policy ${policy.name}`);
    if (fallback && typeof fallback.order === "object") for (const name of fallback.order) this.#named(name, "fallback.order");
    if (policy.needsPrices) this.#checkPrices(policy.name);
    this.#warnOfRetries(options);
    this.#circuits = new Map(
      breaker === false
        ? []
        : this.candidates.map((candidate) => [candidate, createCircuit(breaker, (until) => this.#shareCooldown(candidate, until))]),
    );
    this.#budget = options.budget && createBudget(options.budget, store, clock);
    this.#decider = new Decider({
      candidates: this.candidates,
      defaultCandidate: this.#default,
      policy,
      sticky,
      circuits: this.#circuits,
      budget: this.#budget,
      store,
      tokenCounter,
      decideTimeoutMs,
      includeDecision,
      failures: this.failures,
      clock,
      newId,
    });
  }

  async explain(
    messages: readonly BaseMessage[],
    toolNames: readonly string[],
    config: RunnableConfig | undefined,
  ): Promise<RoutingDecision> {
    const plan = await this.#decider.plan({ messages, toolNames, structuredOutput: false, config }, true);
    return plan.decision;
  }

  async recordFeedback(decisionId: string, reward: number): Promise<void> {
    if (!(reward >= 0 && reward <= 1)) throw new InvalidOptionError(`The reward is ${reward}. Pass a number from 0 to 1.`);
    await this.#policy.recordFeedback?.(decisionId, reward);
  }

  async invoke(call: ForwardCall): Promise<unknown> {
    const plan = await this.#plan(call);
    return this.#attempt(call, plan, async (candidate, failed, attempt) => {
      const capture = new CallCapture();
      const output = await this.#through(candidate, attempt, async () => {
        const model = replayBindings(await candidate.load(), call.bindings, call.structured);
        return model.invoke(call.messages, childConfig(call, capture));
      });
      const decision = finalDecision(plan, candidate, failed);
      await this.#settle(call, plan, decision, candidate, capture, usageOf(output));
      return stampOutput(output, decision);
    });
  }

  async *stream(call: ForwardCall): AsyncGenerator<unknown> {
    const plan = await this.#plan(call);
    const { iterator, held, candidate, failed, capture } = await this.#attempt(call, plan, async (candidate, failed, attempt) => {
      const capture = new CallCapture();
      // Until something is in the answer, another candidate may still give it.
      const started = await this.#through(candidate, attempt, async () => {
        const model = replayBindings(await candidate.load(), call.bindings, call.structured);
        const stream = await model.stream(call.messages, childConfig(call, capture));
        const iterator = stream[Symbol.asyncIterator]();
        const held: unknown[] = [];
        for (;;) {
          const { done, value } = await iterator.next();
          if (done) return { iterator: undefined, held };
          held.push(value);
          if (!isEmptyChunk(value)) return { iterator, held };
        }
      });
      return { ...started, candidate, failed, capture };
    });
    const decision = finalDecision(plan, candidate, failed);
    let usage: Usage | null = null;
    let stamped = false;
    let finished = false;
    try {
      const rest = iterator ? drain(iterator) : nothing();
      for await (const chunk of joined(held, rest)) {
        usage = usageOf(chunk) ?? usage;
        yield stamped ? chunk : stampOutput(chunk, decision);
        stamped = true;
      }
      finished = true;
    } finally {
      // Left early: end the provider's stream. Its tokens are not known, so nothing is claimed.
      if (!finished) await iterator?.return?.().catch(() => undefined);
    }
    await this.#settle(call, plan, decision, candidate, capture, usage);
  }

  /** Routes for one call; the tools are those that were bound or passed as options. */
  async #plan({ messages, config, bindings, structured }: ForwardCall): Promise<RoutePlan> {
    const options: Record<string, unknown> = { ...bindings.tools?.kwargs, ...config };
    const request: RouteRequest = {
      messages,
      toolNames: boundToolNames(bindings, config as { tools?: unknown }),
      structuredOutput: structured !== undefined || options["response_format"] !== undefined,
      outputCapTokens: outputCap(options),
      config: config as RunnableConfig,
    };
    this.#takeCooldowns();
    const plan = await this.#decider.plan(request);
    this.#policy.onDecision?.(plan.decision.id, plan.context, plan.chosen.name);
    return plan;
  }

  /** Tries the chosen one, then the others, as long as the error is one that another may mend. */
  async #attempt<T>(
    { config }: ForwardCall,
    { chosen, others, decision }: RoutePlan,
    run: (candidate: ResolvedCandidate, failed: readonly string[], attempt: number) => Promise<T>,
  ): Promise<T> {
    const fallback = this.#fallback;
    const maxAttempts = fallback ? (fallback.maxAttempts ?? Infinity) : 1;
    const failed: string[] = [];
    let candidate = chosen;
    let rest = fallback ? fallbackChain(chosen, others, fallback.order ?? "stronger-first") : [];
    const available = (one: ResolvedCandidate) => this.#circuits.get(one)?.available() ?? true;
    // Another request began to try its circuit since the plan was made: one try is enough.
    if (decision.policy !== "forced" && !available(chosen) && rest.some(available)) {
      failed.push(chosen.name);
      candidate = rest.find(available)!;
      rest = [...rest.filter((one) => one !== candidate), chosen];
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run(candidate, failed, attempt);
      } catch (error) {
        const [next] = (rest = afterFailure(candidate, rest, readProviderError(error, this.#clock.now())));
        if (config.signal?.aborted || !fallback || !next || attempt >= maxAttempts || !this.#mayMend(error, fallback)) throw error;
        failed.push(candidate.name);
        candidate = next;
        rest = rest.slice(1);
      }
    }
  }

  #mayMend(error: unknown, { on }: FallbackOptions): boolean {
    if (findError(error, BudgetExceededError)) return false;
    const name = (error as { name?: unknown } | undefined)?.name;
    if (name === "GraphInterrupt" || name === "NodeInterrupt" || name === "GraphBubbleUp" || name === "ParentCommand") return false;
    if (on) return on(error);
    return readProviderError(error, this.#clock.now()).kind !== "aborted";
  }

  async #through<T>(candidate: ResolvedCandidate, attempt: number, call: () => Promise<T>): Promise<T> {
    this.#countCall(candidate);
    const circuit = this.#circuits.get(candidate);
    return circuit ? circuit.run(call, { force: attempt > 1 && !circuit.available() }) : call();
  }

  async #settle(
    { config, runManager }: ForwardCall,
    { pinKey }: RoutePlan,
    decision: RoutingDecision,
    served: ResolvedCandidate,
    capture: CallCapture,
    seen: Usage | null,
  ): Promise<void> {
    const usage = seen ?? capture.usage;
    const cached = capture.cached || (usage !== null && usage.inputTokens === 0 && usage.outputTokens === 0);
    await dispatchSavings(
      decisionEvent({
        decision,
        served,
        defaultCandidate: this.#default,
        usage,
        cached,
        llmRunId: capture.llmRunId,
        runId: runManager?.runId,
        id: this.#newId(),
        at: this.#clock.now(),
      }),
      { runManager, config: config as RunnableConfig, onEvent: this.#onEvent },
    );
    const price = usage && !cached ? served.priceOf(usage) : null;
    if (this.#budget && price !== null) this.#inBackground("budget-unavailable", this.#budget.spend(price));
    // A fallback or an escalation is for this call, not for the session.
    if (pinKey !== undefined && !decision.fallbackFrom) {
      const ttlMs = (this.#sticky && this.#sticky.ttlMs) || DEFAULT_TTL_MS;
      this.#inBackground("store-unavailable", this.#store.set(pinKey, decision.model, this.#clock.now() + ttlMs));
    }
  }

  #countCall({ name, maxRpm }: ResolvedCandidate): void {
    if (maxRpm === undefined) return;
    const minute = Math.floor(this.#clock.now() / 60_000);
    this.#inBackground("store-unavailable", this.#store.add(`rpm:${name}:${minute}`, 1, (minute + 2) * 60_000));
  }

  #shareCooldown({ name }: ResolvedCandidate, until: number): void {
    this.#inBackground("store-unavailable", this.#store.set(`cooldown:${name}`, until, until));
  }

  /** Takes over what other processes saw, at most once a second and never in a request's way. */
  #takeCooldowns(): void {
    const now = this.#clock.now();
    if (!this.#sharedStore || now - this.#cooldownsReadAt < 1000) return;
    this.#cooldownsReadAt = now;
    for (const [{ name }, circuit] of this.#circuits) {
      const read = this.#store.get(`cooldown:${name}`).then((until) => {
        if (typeof until === "number") circuit.coolUntil(until);
      });
      this.#inBackground("store-unavailable", read);
    }
  }

  #inBackground(reason: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.failures.note(reason, error));
  }

  #named(name: string | undefined, option: string): ResolvedCandidate | undefined {
    if (name === undefined) return undefined;
    const found = this.candidates.find((candidate) => candidate.name === name);
    if (found) return found;
    const known = this.candidates.map((candidate) => `"${candidate.name}"`).join(", ");
    throw new InvalidOptionError(`\`${option}\` names "${name}", which is no candidate. Candidates are ${known}.`);
  }

  #checkPrices(policy: string): void {
    const unpriced = this.candidates.filter(
      (candidate) => !candidate.lazy && candidate.priceOf({ inputTokens: 1000, outputTokens: 1000 }) === null,
    );
    if (unpriced.length === 0) return;
    const names = unpriced.map(({ name }) => `"${name}"`).join(", ");
    throw new InvalidOptionError(`Policy ${policy} weighs cost, but no price is known for ${names}. Give each a \`price\`.`);
  }

  #warnOfRetries({ candidates, logger, fallback }: ModelRouterOptions): void {
    if (fallback === false || candidates.length < 2) return;
    const slow = candidates.filter(({ model }) => {
      if (typeof model === "function") return false;
      const { caller } = model as unknown as { caller?: { maxRetries?: unknown } };
      return typeof caller?.maxRetries === "number" && caller.maxRetries > 1;
    });
    if (slow.length === 0) return;
    const names = slow.map(({ name }) => `"${name}"`).join(", ");
    resolveLogger(logger)?.warn(`${names} retry by themselves before the router can fall back; set \`maxRetries: 1\` or 0 on them.`);
  }
}

function lazyPrices(given: PriceBook | undefined): () => PriceBook {
  let book = given;
  return () => (book ??= createPriceBook({ logger: false }));
}

function finalDecision({ decision }: RoutePlan, served: ResolvedCandidate, failed: readonly string[]): RoutingDecision {
  if (failed.length === 0) return decision;
  return { ...decision, model: served.name, reason: `fallback after ${decision.reason}`, fallbackFrom: [...failed] };
}

/** A chunk with nothing in it yet: many providers open with the role alone. */
function isEmptyChunk(chunk: unknown): boolean {
  if (!isBaseMessage(chunk)) return false;
  const { content, tool_call_chunks: toolCalls, additional_kwargs: extra } = chunk as BaseMessage & { tool_call_chunks?: unknown[] };
  return content.length === 0 && (toolCalls?.length ?? 0) === 0 && Object.keys(extra ?? {}).length === 0;
}

function outputCap(options: Record<string, unknown>): number | undefined {
  for (const name of ["max_tokens", "maxTokens", "max_completion_tokens", "maxOutputTokens"]) {
    const value = options[name];
    if (typeof value === "number" && value > 0) return value;
  }
  return undefined;
}

async function* drain(iterator: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return;
    yield value;
  }
}

// oxlint-disable-next-line require-yield -- an empty generator
async function* nothing(): AsyncGenerator<unknown> {}

async function* joined(head: readonly unknown[], tail: AsyncGenerator<unknown>): AsyncGenerator<unknown> {
  yield* head;
  yield* tail;
}
