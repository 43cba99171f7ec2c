import {
  approximateTokenCounter,
  BudgetExceededError,
  type Clock,
  countMessageTokens,
  createFailureLog,
  createPriceBook,
  dispatchSavings,
  type FailureLog,
  findError,
  InvalidOptionError,
  type JsonValue,
  type NanoUsd,
  nanoUsd,
  OVERHEAD_TAG,
  type RoutingDecision,
  systemClock,
  type Usage,
  usd,
  withTimeout,
} from "@langthrift/core";
import { AIMessageChunk, isBaseMessage } from "@langchain/core/messages";
import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import { randomUUID } from "node:crypto";
import { boundToolNames, replayBindings } from "../model/bindings.ts";
import { CallCapture } from "../model/call-capture.ts";
import { childConfig } from "../model/child-config.ts";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import { messageOf, stampOutput, usageOf } from "../model/model-output.ts";
import { createRouteContext, type RouteContext, textOf } from "../route-context.ts";
import { type Circuit, createCircuit } from "../router/circuit.ts";
import { type ResolvedCandidate, resolveCandidates } from "../router/resolve-candidates.ts";
import type { CascadeOptions } from "./cascade-options.ts";
import type { QualityScorer } from "./quality-scorer.ts";
import { toolCallsFit } from "./tool-call-check.ts";

interface Step {
  readonly candidate: ResolvedCandidate;
  readonly scorers: readonly QualityScorer[];
  readonly threshold: number;
  readonly circuit: Circuit | undefined;
}

/** What a step came to. */
interface Verdict {
  readonly accepted: boolean;
  readonly reason: string;
  readonly score?: number;
  readonly evidence: Record<string, JsonValue>;
}

interface Outcome {
  /** An accepted answer; absent when the final candidate has to answer. */
  readonly answer?: unknown;
  readonly decision: RoutingDecision;
  /** Price of the drafts that were thrown away; `null` when one is unknown. */
  readonly wasted: NanoUsd | null;
  readonly drafts: number;
  readonly usage: Usage | null;
  readonly served: ResolvedCandidate;
  readonly llmRunId?: string | undefined;
  readonly cached?: boolean;
}

/** Drafts, scores, accepts or escalates; marks and reports. */
export class CascadeEngine {
  readonly #steps: readonly Step[];
  readonly #final: ResolvedCandidate;
  readonly #options: CascadeOptions;
  readonly #failures: FailureLog;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(options: CascadeOptions) {
    const {
      steps,
      final,
      clock = systemClock,
      newId = randomUUID,
      logger,
      onEvent,
      prices,
      limitUsd,
      scoreTimeoutMs = 10_000,
      breaker = {},
    } = options;
    if (steps.length === 0) throw new InvalidOptionError("`steps` is empty. Pass at least one cheap candidate with its scorer.");
    for (const { threshold, candidate } of steps) {
      if (!(threshold >= 0 && threshold <= 1))
        throw new InvalidOptionError(`The \`threshold\` of "${candidate.name}" is ${threshold}. Pass a number from 0 to 1.`);
    }
    if (limitUsd !== undefined && !(limitUsd >= 0))
      throw new InvalidOptionError(`\`limitUsd\` is ${limitUsd}. Pass US dollars, 0 or more.`);
    if (!(scoreTimeoutMs > 0)) throw new InvalidOptionError(`\`scoreTimeoutMs\` is ${scoreTimeoutMs}. Pass milliseconds, above 0.`);
    let book = prices;
    const resolved = resolveCandidates(
      [...steps.map(({ candidate }) => candidate), final],
      () => (book ??= createPriceBook({ logger: false })),
    );
    const find = (name: string) => resolved.find((candidate) => candidate.name === name)!;
    this.#steps = steps.map(({ candidate, accept, threshold }) => ({
      candidate: find(candidate.name),
      scorers: Array.isArray(accept) ? (accept as readonly QualityScorer[]) : [accept as QualityScorer],
      threshold,
      circuit: breaker === false ? undefined : createCircuit(breaker),
    }));
    this.#final = find(final.name);
    this.#options = options;
    this.#clock = clock;
    this.#newId = newId;
    this.#failures = createFailureLog({ strategy: "model-router", logger, onEvent, clock, newId });
  }

  get failures(): Readonly<Record<string, number>> {
    return { ...this.#failures.counts };
  }

  async invoke(call: ForwardCall): Promise<unknown> {
    const outcome = await this.#drafts(call);
    if (outcome.answer !== undefined) {
      await this.#report(call, outcome);
      return outcome.answer;
    }
    const capture = new CallCapture();
    const model = replayBindings(await this.#final.load(), call.bindings, call.structured);
    const output = await model.invoke(call.messages, childConfig(call, capture));
    const decision = outcome.decision;
    await this.#report(call, { ...outcome, usage: usageOf(output) ?? capture.usage, llmRunId: capture.llmRunId, cached: capture.cached });
    return stampOutput(output, decision);
  }

  async *stream(call: ForwardCall): AsyncGenerator<unknown> {
    const outcome = await this.#drafts(call);
    if (outcome.answer !== undefined) {
      await this.#report(call, outcome);
      yield asChunk(outcome.answer);
      return;
    }
    const capture = new CallCapture();
    const model = replayBindings(await this.#final.load(), call.bindings, call.structured);
    let usage: Usage | null = null;
    let stamped = false;
    for await (const chunk of await model.stream(call.messages, childConfig(call, capture))) {
      usage = usageOf(chunk) ?? usage;
      yield stamped ? chunk : stampOutput(chunk, outcome.decision);
      stamped = true;
    }
    await this.#report(call, { ...outcome, usage: usage ?? capture.usage, llmRunId: capture.llmRunId, cached: capture.cached });
  }

  /** Goes through the steps until a draft is accepted. Never throws for a draft's or a scorer's fault. */
  async #drafts(call: ForwardCall): Promise<Outcome> {
    const started = this.#clock.monotonic();
    const id = this.#newId();
    const context = createRouteContext({
      messages: call.messages,
      toolNames: boundToolNames(call.bindings, call.config as { tools?: unknown }),
      inputTokens: countMessageTokens(call.messages, this.#options.tokenCounter ?? approximateTokenCounter),
      config: call.config as RunnableConfig,
    });
    let wasted: NanoUsd | null = nanoUsd(0);
    let drafts = 0;
    let last: Verdict | undefined;
    let lastThreshold: number | undefined;
    const decide = (candidate: ResolvedCandidate, verdict: Partial<Verdict> & { reason: string }): RoutingDecision => ({
      id,
      model: candidate.name,
      policy: "cascade",
      reason: verdict.reason,
      ...(verdict.score !== undefined && { score: verdict.score }),
      ...(lastThreshold !== undefined && { threshold: lastThreshold }),
      ...(verdict.evidence && Object.keys(verdict.evidence).length > 0 && { signals: verdict.evidence }),
      latencyMs: Math.round((this.#clock.monotonic() - started) * 1000) / 1000,
    });

    const direct = await this.#goesStraight(context);
    if (direct !== undefined) {
      return { decision: decide(this.#final, { reason: direct }), wasted, drafts, usage: null, served: this.#final };
    }
    for (const step of this.#steps) {
      const skip = this.#skips(step, context);
      if (skip !== undefined) {
        last ??= { accepted: false, reason: skip, evidence: {} };
        continue;
      }
      lastThreshold = step.threshold;
      const capture = new CallCapture();
      let output: unknown;
      try {
        output = await this.#draft(call, step, capture);
      } catch (error) {
        if (call.config.signal?.aborted || findError(error, BudgetExceededError)) throw error;
        this.#failures.note("draft-failed", error);
        last = { accepted: false, reason: "draft-failed", evidence: {} };
        continue;
      }
      drafts += 1;
      const usage = usageOf(output) ?? capture.usage;
      const verdict = await this.#judge(call, context, step, output);
      if (verdict.accepted) {
        const decision = decide(step.candidate, verdict);
        const answer = stampOutput(unwrap(call, output), decision);
        return { answer, decision, wasted, drafts, usage, served: step.candidate, llmRunId: capture.llmRunId, cached: capture.cached };
      }
      last = verdict;
      const price = usage && !capture.cached ? step.candidate.priceOf(usage) : capture.cached ? nanoUsd(0) : null;
      wasted = wasted === null || price === null ? null : nanoUsd(wasted + price);
    }
    const reason = `escalated: ${last?.reason ?? "no draft"}`;
    return { decision: decide(this.#final, { ...last, reason }), wasted, drafts, usage: null, served: this.#final };
  }

  /** Why no draft is made: a task that was escalated stays escalated, and the prefilter may know better. */
  async #goesStraight(context: RouteContext): Promise<string | undefined> {
    const { messages, previous } = context;
    const lastMessage = messages[messages.length - 1];
    if (lastMessage?.type === "tool" && previous?.model === this.#final.name) return "tool-loop";
    const { prefilter } = this.#options;
    if (!prefilter) return undefined;
    try {
      const decided = prefilter.decide(context, [...this.#steps.map(({ candidate }) => candidate), this.#final]);
      const result =
        decided instanceof Promise ? await withTimeout("cascade prefilter", prefilter.timeoutMs ?? 250, () => decided) : decided;
      return result.kind === "pick" && result.model === this.#final.name ? `prefilter: ${result.reason}` : undefined;
    } catch (error) {
      this.#failures.note("prefilter-failed", error);
      return undefined;
    }
  }

  #skips({ candidate, circuit }: Step, { inputTokens, toolNames }: RouteContext): string | undefined {
    if (circuit && !circuit.available()) return "circuit-open";
    const { tools, maxInputTokens } = candidate.capabilities;
    if (toolNames.length > 0 && tools === false) return "no-tools";
    if (maxInputTokens !== undefined && inputTokens > maxInputTokens) return "context-too-small";
    const { limitUsd } = this.#options;
    if (limitUsd === undefined) return undefined;
    const price = candidate.priceOf({ inputTokens, outputTokens: 256 });
    return price === null ? "price-unknown" : price > usd(limitUsd) ? "over-limit" : undefined;
  }

  async #draft(call: ForwardCall, { candidate, circuit }: Step, capture: CallCapture): Promise<unknown> {
    // The raw message is needed to judge; whether it was asked for is settled when the draft is accepted.
    const structured = call.structured && { schema: call.structured.schema, config: { ...call.structured.config, includeRaw: true } };
    const run = async () => {
      const model = replayBindings(await candidate.load(), call.bindings, structured);
      const config = childConfig(call, capture);
      // Keeps the draft out of LangGraph's "messages" stream; only a tag in the call's own config does.
      return model.invoke(call.messages, { ...config, tags: [...(config.tags ?? []), "langsmith:nostream"] });
    };
    return circuit ? circuit.run(run) : run();
  }

  async #judge(call: ForwardCall, context: RouteContext, step: Step, output: unknown): Promise<Verdict> {
    const message = messageOf(output);
    if (!message) return { accepted: false, reason: "no message", evidence: {} };
    const parsed = call.structured ? (output as { parsed?: unknown }).parsed : undefined;
    if (call.structured && (parsed === null || parsed === undefined))
      return { accepted: false, reason: "does not fit the schema", evidence: {} };
    if (!call.structured) {
      // The tools of a draft run only after it was accepted, so its calls can be judged by name and schema alone.
      const fit = toolCallsFit(message, call.bindings.tools?.tools ?? []);
      if (fit !== undefined) return { accepted: fit, reason: fit ? "accepted: tool calls fit" : "tool calls do not fit", evidence: {} };
    }
    const config: RunnableConfig = patchConfig(call.config as RunnableConfig, { callbacks: call.runManager?.getChild() });
    const draft = {
      messages: call.messages,
      task: context.task,
      message,
      text: textOf(message),
      ...(parsed !== undefined && { parsed }),
      config: {
        callbacks: config.callbacks,
        signal: call.config.signal,
        tags: [OVERHEAD_TAG, "langsmith:nostream"],
        metadata: config.metadata,
      } as RunnableConfig,
    };
    const evidence: Record<string, JsonValue> = {};
    let lowest = 1;
    try {
      return await withTimeout(
        "cascade scorers",
        this.#options.scoreTimeoutMs ?? 10_000,
        async () => {
          for (const scorer of step.scorers) {
            const result = await scorer.score(draft);
            if (result === null || !Number.isFinite(result.score))
              return { accepted: false, reason: `${scorer.name} cannot judge`, evidence };
            lowest = Math.min(lowest, result.score);
            evidence[scorer.name] = { score: Math.round(result.score * 1000) / 1000, ...result.evidence };
            if (result.score < step.threshold)
              return { accepted: false, reason: `${scorer.name} below threshold`, score: lowest, evidence };
          }
          return { accepted: true, reason: "accepted", score: lowest, evidence };
        },
        call.config.signal,
      );
    } catch (error) {
      if (call.config.signal?.aborted || findError(error, BudgetExceededError)) throw error;
      this.#failures.note("scorer-failed", error);
      return { accepted: false, reason: "scorer failed", evidence };
    }
  }

  /**
   * Against asking the final candidate at once: an accepted draft avoided its price on the draft's tokens; a rejected one was paid for nothing,
   * which is an avoided amount below 0. Model runs, scorers' included, are in the ledger already.
   */
  async #report(
    { config, runManager }: ForwardCall,
    { decision, served, usage, wasted, drafts, llmRunId, cached }: Outcome,
  ): Promise<void> {
    const escalated = served === this.#final;
    let amount: NanoUsd | null = wasted === null ? null : nanoUsd(0 - wasted);
    if (!escalated && !cached) {
      const difference = usage && priceDifference(this.#final, served, usage);
      amount = amount === null || difference === null ? null : nanoUsd(amount + difference);
    }
    const none = amount === 0;
    await dispatchSavings(
      {
        version: 1,
        id: this.#newId(),
        decisionId: decision.id,
        strategy: "model-router",
        kind: none ? "notice" : "avoided",
        reason: escalated ? (drafts > 0 ? "escalated" : "direct") : "draft-accepted",
        at: this.#clock.now(),
        model: served.modelId ?? served.name,
        ...(served.provider !== undefined && { provider: served.provider }),
        nanoUsd: none ? nanoUsd(0) : amount,
        latencyMs: decision.latencyMs,
        ...(runManager && { runId: runManager.runId }),
        ...(llmRunId !== undefined && { llmRunId }),
        details: { candidate: served.name, default: this.#final.name, decision: decision.reason, drafts, wastedNanoUsd: wasted },
      },
      { runManager, config: config as RunnableConfig, onEvent: this.#options.onEvent },
    );
  }
}

function priceDifference(a: ResolvedCandidate, b: ResolvedCandidate, usage: Usage): NanoUsd | null {
  const [first, second] = [a.priceOf(usage), b.priceOf(usage)];
  return first === null || second === null ? null : nanoUsd(first - second);
}

/** A structured draft was asked for with its raw message; the caller may not have been. */
function unwrap({ structured }: ForwardCall, output: unknown): unknown {
  if (!structured || structured.config?.["includeRaw"] === true) return output;
  return (output as { parsed: unknown }).parsed;
}

/** A stream is made of chunks; an accepted draft is one. */
function asChunk(output: unknown): unknown {
  if (!isBaseMessage(output) || AIMessageChunk.isInstance(output)) return output;
  const { content, id, name, additional_kwargs, response_metadata, tool_calls, invalid_tool_calls, usage_metadata } =
    output as AIMessageChunk;
  return new AIMessageChunk({
    content,
    additional_kwargs,
    response_metadata,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(usage_metadata && { usage_metadata }),
    ...(invalid_tool_calls && { invalid_tool_calls }),
    tool_call_chunks: (tool_calls ?? []).map((call, index) => ({
      name: call.name,
      args: JSON.stringify(call.args),
      ...(call.id !== undefined && { id: call.id }),
      index,
      type: "tool_call_chunk" as const,
    })),
  });
}
