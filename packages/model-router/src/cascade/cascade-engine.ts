import {
  approximateTokenCounter,
  BudgetExceededError,
  type Clock,
  countMessageTokens,
  createFailureLog,
  dispatchSavings,
  type FailureLog,
  findError,
  type NanoUsd,
  nanoUsd,
  type RoutingDecision,
  systemClock,
  type Usage,
  usd,
} from "@langthrift/core";
import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import { randomUUID } from "node:crypto";
import { asChunk } from "../model/as-chunk.ts";
import { asksForStructure, boundToolNames, replayBindings } from "../model/bindings.ts";
import { CallCapture } from "../model/call-capture.ts";
import { childConfig } from "../model/child-config.ts";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import { stampOutput, usageOf } from "../model/model-output.ts";
import { createRouteContext, type RouteContext } from "../route-context.ts";
import { CallReporter } from "../router/call-reporter.ts";
import { lazyPrices, type ResolvedCandidate } from "../router/resolve-candidates.ts";
import type { PolicyOverhead } from "../routing-policy.ts";
import type { CascadeOptions } from "./cascade-options.ts";
import { cascadeEvent } from "./cascade-report.ts";
import { type ResolvedStep, resolveSteps, whySkipped } from "./cascade-step.ts";
import { judgeDraft, type Verdict } from "./judge-draft.ts";
import { straightToFinal } from "./straight-to-final.ts";

/** How far the drafts came. */
interface Outcome {
  /** An accepted answer; absent when the final candidate has to answer. */
  readonly answer?: unknown;
  readonly decision: RoutingDecision;
  readonly wasted: NanoUsd | null;
  readonly drafts: number;
  readonly usage: Usage | null;
  readonly served: ResolvedCandidate;
  readonly capture?: CallCapture;
}

/** Drafts, scores, accepts or escalates; marks and reports. */
export class CascadeEngine {
  readonly #steps: readonly ResolvedStep[];
  readonly #final: ResolvedCandidate;
  readonly #options: CascadeOptions;
  readonly #limit: NanoUsd | undefined;
  readonly #failures: FailureLog;
  readonly #reporter: CallReporter;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(options: CascadeOptions) {
    const { clock = systemClock, newId = randomUUID, logger, onEvent, limitUsd } = options;
    const prices = lazyPrices(options.prices);
    const { steps, final } = resolveSteps(options, prices);
    this.#steps = steps;
    this.#final = final;
    this.#options = options;
    this.#limit = limitUsd === undefined ? undefined : usd(limitUsd);
    this.#clock = clock;
    this.#newId = newId;
    const failures = createFailureLog({ strategy: "model-router", logger, onEvent, clock, newId });
    this.#failures = failures;
    this.#reporter = new CallReporter({ defaultCandidate: final, budget: undefined, prices, failures, clock, newId, onEvent });
  }

  get failures(): Readonly<Record<string, number>> {
    return { ...this.#failures.counts };
  }

  async invoke(call: ForwardCall): Promise<unknown> {
    const outcome = await this.#drafts(call);
    if (outcome.answer !== undefined) {
      await this.#report(call, outcome, outcome.capture);
      return outcome.answer;
    }
    const capture = new CallCapture();
    const model = replayBindings(await this.#final.load(), call.bindings, call.structured);
    const output = await model.invoke(call.messages, childConfig(call, capture));
    await this.#report(call, { ...outcome, usage: usageOf(output) ?? capture.usage }, capture);
    return stampOutput(output, outcome.decision);
  }

  async *stream(call: ForwardCall): AsyncGenerator<unknown> {
    const outcome = await this.#drafts(call);
    if (outcome.answer !== undefined) {
      await this.#report(call, outcome, outcome.capture);
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
    await this.#report(call, { ...outcome, usage: usage ?? capture.usage }, capture);
  }

  /** Goes through the steps until a draft is accepted. Throws only for an abort or a hard budget. */
  async #drafts(call: ForwardCall): Promise<Outcome> {
    const started = this.#clock.monotonic();
    const id = this.#newId();
    const reports: Promise<void>[] = [];
    const context = this.#contextOf(call, (overhead) => void reports.push(this.#reporter.overhead(call, id, overhead)));
    const decisionFor = (
      served: ResolvedCandidate,
      verdict: Partial<Verdict> & { reason: string },
      threshold?: number,
    ): RoutingDecision => ({
      id,
      model: served.name,
      policy: "cascade",
      reason: verdict.reason,
      ...(verdict.score !== undefined && { score: verdict.score }),
      ...(threshold !== undefined && { threshold }),
      ...(verdict.evidence && Object.keys(verdict.evidence).length > 0 && { signals: verdict.evidence }),
      latencyMs: Math.round((this.#clock.monotonic() - started) * 1000) / 1000,
    });
    const none = { wasted: nanoUsd(0), drafts: 0, usage: null, served: this.#final };
    const candidates = [...this.#steps.map(({ candidate }) => candidate), this.#final];
    const direct = await straightToFinal(context, this.#final, candidates, this.#options.prefilter, this.#failures);
    await Promise.all(reports);
    if (direct !== undefined) return { ...none, decision: decisionFor(this.#final, { reason: direct }) };

    let wasted: NanoUsd | null = none.wasted;
    let drafts = 0;
    let last: (Partial<Verdict> & { reason: string }) | undefined;
    let threshold: number | undefined;
    const structure = asksForStructure(call.bindings, call.config, call.structured);
    for (const step of this.#steps) {
      const skipped = whySkipped(step, context, structure, this.#limit);
      if (skipped !== undefined) {
        // What a draft came to says more than why a later one was not made.
        last ??= { reason: skipped };
        continue;
      }
      threshold = step.threshold;
      const capture = new CallCapture();
      let output: unknown;
      try {
        output = await draft(call, step, capture);
      } catch (error) {
        if (call.config.signal?.aborted || findError(error, BudgetExceededError)) throw error;
        this.#failures.note("draft-failed", error);
        last = { reason: "draft-failed" };
        continue;
      }
      drafts += 1;
      const usage = usageOf(output) ?? capture.usage;
      const { scoreTimeoutMs: timeoutMs = 10_000 } = this.#options;
      const verdict = await judgeDraft(call, context.task, step, output, { timeoutMs, failures: this.#failures });
      if (verdict.accepted) {
        const decision = decisionFor(step.candidate, verdict, threshold);
        const answer = stampOutput(unwrap(call, output), decision);
        return { answer, decision, wasted, drafts, usage, served: step.candidate, capture };
      }
      last = verdict;
      const price = capture.cached ? nanoUsd(0) : usage && step.candidate.priceOf(usage);
      wasted = wasted === null || price === null ? null : nanoUsd(wasted + price);
    }
    const decision = decisionFor(this.#final, { ...last, reason: `escalated: ${last?.reason ?? "no draft"}` }, threshold);
    return { ...none, decision, wasted, drafts };
  }

  #contextOf({ messages, bindings, config, runManager }: ForwardCall, onOverhead: (overhead: PolicyOverhead) => void): RouteContext {
    return createRouteContext({
      messages,
      toolNames: boundToolNames(bindings, config as { tools?: unknown }),
      inputTokens: countMessageTokens(messages, this.#options.tokenCounter ?? approximateTokenCounter),
      config: patchConfig(config as RunnableConfig, { callbacks: runManager?.getChild() }),
      onOverhead,
    });
  }

  async #report(
    { config, runManager }: ForwardCall,
    { decision, served, usage, wasted, drafts }: Outcome,
    { llmRunId, cached }: Pick<CallCapture, "llmRunId" | "cached"> = { llmRunId: undefined, cached: false },
  ): Promise<void> {
    const origin = { runId: runManager?.runId, llmRunId, id: this.#newId(), at: this.#clock.now() };
    const event = cascadeEvent({ decision, served, final: this.#final, usage, cached, wasted, drafts, ...origin });
    await dispatchSavings(event, { runManager, config: config as RunnableConfig, onEvent: this.#options.onEvent });
  }
}

async function draft(call: ForwardCall, { candidate, circuit }: ResolvedStep, capture: CallCapture): Promise<unknown> {
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

/** A structured draft was asked for with its raw message; the caller may not have been. */
function unwrap({ structured }: ForwardCall, output: unknown): unknown {
  if (!structured || structured.config?.["includeRaw"] === true) return output;
  return (output as { parsed: unknown }).parsed;
}
