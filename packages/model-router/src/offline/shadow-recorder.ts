import { randomUUID } from "node:crypto";
import {
  createFailureLog,
  createPriceBook,
  type FailureLog,
  InvalidOptionError,
  type Logger,
  OVERHEAD_TAG,
  type PriceBook,
  type Usage,
  usageFromMessage,
  withTimeout,
} from "@langthrift/core";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Callbacks } from "@langchain/core/callbacks/manager";
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import type { Serialized } from "@langchain/core/load/serializable";
import type { Candidate } from "../candidate.ts";
import { createRouteContext, textOf } from "../route-context.ts";
import { type ResolvedCandidate, resolveCandidates } from "../router/resolve-candidates.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import { SHADOW_TAGS, type ShadowJudge } from "./shadow-judge.ts";
import type { ShadowRow } from "./shadow-row.ts";

/** Options of {@link ShadowRecorder}. */
export interface ShadowOptions {
  /** The served models and those to compare with, priced. Which one served is read from the run's model name. */
  readonly candidates: readonly Candidate[];
  /** Scores the answers, for example `blindJudge`. */
  readonly judge: ShadowJudge;
  /** Where finished rows go, one at a time: append them to a file. */
  readonly onRow: (row: ShadowRow) => void | Promise<void>;
  /** Policies whose decisions are written down, never acted on; at most 4. @default none */
  readonly policies?: readonly RoutingPolicy[];
  /** Share of the answered calls that the other models are asked too, chosen at random, 0 to 1. @default 0.02 */
  readonly sampleRate?: number;
  /**
   * Most that the other models' answers may cost in the life of this recorder, in US dollars. A row is begun only if its expected cost, with 1,024
   * tokens an answer or twice the served one's, still fits. The judge is not counted.
   */
  readonly limitUsd: number;
  /** For the other models and the judge together, in ms. @default 60_000 */
  readonly timeoutMs?: number;
  /** Calls that may wait for their turn; further ones are left out. @default 100 */
  readonly maxWaiting?: number;
  /** Keep the answers in the rows, as cascades learn from them. @default false */
  readonly keepResponses?: boolean;
  /** Told of the calls that are made in the shadow, which are tagged as overhead: a ledger, a tracer. @default none */
  readonly callbacks?: Callbacks;
  /** @default the offline catalogue */
  readonly prices?: PriceBook;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

/** What happened to the calls that were seen. */
export interface ShadowStats {
  readonly seen: number;
  /** Drawn by chance and taken up. */
  readonly sampled: number;
  readonly written: number;
  /** Left out although drawn, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly spentUsd: number;
}

interface Started {
  readonly messages: readonly BaseMessage[];
  readonly model: string | undefined;
}

interface Sample extends Started {
  readonly served: ResolvedCandidate;
  readonly answer: string;
  readonly usage: Usage | null;
}

/** Runs that never end would pile up. */
const MOST_OPEN = 1000;
const OUTPUT_GUESS = 1024;

/**
 * Shadow mode: a callback handler for any chat model, router or agent. A random share of the answered calls also goes to the other models, after
 * the answer is out; a judge scores all answers, and the row can be learnt from. The user's call is neither changed nor slowed: everything happens
 * in the background, one sample at a time, and a failure of ours is counted and goes no further.
 *
 * Left out: calls that bind or answer tools, answers from a cache, calls of LangThrift's own, and models that are no candidate.
 */
export class ShadowRecorder extends BaseCallbackHandler {
  readonly name = "langthrift-shadow";
  override awaitHandlers = false;
  readonly #candidates: readonly ResolvedCandidate[];
  readonly #options: ShadowOptions;
  readonly #random: () => number;
  readonly #failures: FailureLog;
  readonly #open = new Map<string, Started>();
  readonly #skipped: Record<string, number> = {};
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #seen = 0;
  #sampled = 0;
  #written = 0;
  #spentNanoUsd = 0;

  /** @throws {InvalidOptionError} when an option is out of range or a candidate has no known price. */
  constructor(options: ShadowOptions) {
    super();
    const {
      candidates,
      policies = [],
      sampleRate = 0.02,
      limitUsd,
      timeoutMs = 60_000,
      maxWaiting = 100,
      logger,
      random = Math.random,
    } = options;
    if (!(sampleRate >= 0 && sampleRate <= 1)) throw new InvalidOptionError(`\`sampleRate\` is ${sampleRate}. Pass a share from 0 to 1.`);
    if (!(limitUsd > 0 && Number.isFinite(limitUsd)))
      throw new InvalidOptionError(`\`limitUsd\` is ${limitUsd}. Pass US dollars, above 0.`);
    if (!(timeoutMs > 0 && maxWaiting >= 1)) throw new InvalidOptionError("`timeoutMs` and `maxWaiting` must be above 0.");
    if (policies.length > 4) throw new InvalidOptionError(`There are ${policies.length} policies in the shadow. Pass at most 4.`);
    if (candidates.length < 2) throw new InvalidOptionError("Shadow mode compares models. Pass at least two `candidates`.");
    const prices = options.prices ?? createPriceBook({ ...(logger !== undefined && { logger }) });
    this.#candidates = resolveCandidates(candidates, () => prices);
    for (const candidate of this.#candidates) {
      if (candidate.priceOf({ inputTokens: 1, outputTokens: 1 }) === null)
        throw new InvalidOptionError(`No price of "${candidate.name}" is known, so \`limitUsd\` cannot hold. Pass its \`price\`.`);
    }
    this.#options = options;
    this.#random = random;
    this.#failures = createFailureLog({ strategy: "model-router", logger });
  }

  get stats(): ShadowStats {
    return {
      seen: this.#seen,
      sampled: this.#sampled,
      written: this.#written,
      skipped: { ...this.#skipped, ...this.#failures.counts },
      spentUsd: this.#spentNanoUsd / 1e9,
    };
  }

  /** When all samples taken up so far are written or given up: before a process ends. */
  async idle(): Promise<void> {
    let queue: Promise<void>;
    do await (queue = this.#queue);
    while (queue !== this.#queue);
  }

  override handleChatModelStart(
    _llm: Serialized,
    messages: BaseMessage[][],
    runId: string,
    _parentRunId?: string,
    extraParams?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    if (tags?.includes(OVERHEAD_TAG) || messages.length !== 1) return;
    const list = messages[0]!;
    const invocation = extraParams?.["invocation_params"] as { tools?: unknown[]; model?: unknown } | undefined;
    if ((invocation?.tools?.length ?? 0) > 0 || list.at(-1)?.type !== "human") return;
    if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value!);
    const model = metadata?.["ls_model_name"] ?? invocation?.model;
    this.#open.set(runId, { messages: [...list], model: typeof model === "string" ? model : undefined });
  }

  override handleLLMError(_error: unknown, runId: string): void {
    this.#open.delete(runId);
  }

  override handleLLMEnd(output: LLMResult, runId: string, _parentRunId?: string, _tags?: string[], extra?: Record<string, unknown>): void {
    const started = this.#open.get(runId);
    this.#open.delete(runId);
    if (!started || extra?.["cached"] === true) return;
    this.#seen += 1;
    // The draw comes before any look at the request or the answer: a share of all, not of the easy ones.
    if (this.#random() >= (this.#options.sampleRate ?? 0.02)) return;
    const message = (output.generations[0]?.[0] as { message?: AIMessage } | undefined)?.message;
    const served = this.#candidates.find(
      ({ modelId, name }) => started.model !== undefined && (modelId === started.model || name === started.model),
    );
    if (!served) return this.#skip("unknown-model");
    const answer = message ? textOf(message) : "";
    if (answer === "" || (message?.tool_calls?.length ?? 0) > 0) return this.#skip("no-text");
    if (this.#waiting >= (this.#options.maxWaiting ?? 100)) return this.#skip("busy");
    this.#waiting += 1;
    this.#sampled += 1;
    const sample: Sample = { ...started, served, answer, usage: message ? usageFromMessage(message) : null };
    const queued = this.#queue.then(() => this.#record(sample));
    this.#queue = queued
      .catch((error: unknown) => this.#failures.note("shadow-failed", error))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #record({ messages, served, answer, usage }: Sample): Promise<void> {
    const { limitUsd, timeoutMs = 60_000, judge, onRow, keepResponses = false, callbacks = [], newId = randomUUID } = this.#options;
    const { task } = createRouteContext({ messages });
    if (task === "") return this.#skip("no-text");
    const others = this.#candidates.filter((candidate) => candidate !== served);
    const inputTokens = usage?.inputTokens ?? Math.ceil(messages.reduce((sum, message) => sum + textOf(message).length, 0) / 4);
    const outputTokens = Math.max(OUTPUT_GUESS, 2 * (usage?.outputTokens ?? 0));
    const expected = others.reduce((sum, candidate) => sum + (candidate.priceOf({ inputTokens, outputTokens }) ?? 0), 0);
    if (this.#spentNanoUsd + expected > limitUsd * 1e9) return this.#skip("budget");
    await withTimeout("shadow row", timeoutMs, async (signal) => {
      const config = { signal, tags: [...SHADOW_TAGS], callbacks };
      const answers: Record<string, string> = { [served.name]: answer };
      const costUsd: Record<string, number> = {};
      const spent = (candidate: ResolvedCandidate, own: Usage | null): void => {
        const nanoUsd = own && candidate.priceOf(own);
        if (nanoUsd !== null) costUsd[candidate.name] = nanoUsd / 1e9;
        // What is not told is taken for what was expected of it, so that the limit holds.
        if (candidate !== served) this.#spentNanoUsd += nanoUsd ?? candidate.priceOf({ inputTokens, outputTokens }) ?? 0;
      };
      spent(served, usage);
      // All are awaited, so that the money of each is counted even where another fails.
      const outcomes = await Promise.allSettled(
        others.map(async (candidate) => {
          const model = await candidate.load();
          const message = await model.invoke([...messages], config).catch((error: unknown) => {
            // A call that is given up midway may be billed all the same.
            if (signal.aborted) spent(candidate, null);
            throw error;
          });
          spent(candidate, usageFromMessage(message));
          answers[candidate.name] = textOf(message);
        }),
      );
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      const context = createRouteContext({ messages: [...messages], inputTokens });
      const decisions: Record<string, string | null> = {};
      for (const policy of this.#options.policies ?? []) {
        const result = await policy.decide(context, this.#candidates);
        decisions[policy.name] = result.kind === "pick" ? result.model : null;
      }
      const scores = await judge({ task, answers, config });
      if (!scores || this.#candidates.some(({ name }) => !(scores[name]! >= 0 && scores[name]! <= 1))) return this.#skip("no-verdict");
      await onRow({
        id: newId(),
        prompt: task,
        scores: Object.fromEntries(this.#candidates.map(({ name }) => [name, scores[name]!])),
        ...(Object.keys(costUsd).length === this.#candidates.length && { costUsd }),
        ...(keepResponses && { responses: answers }),
        served: served.name,
        decisions,
      });
      this.#written += 1;
    });
  }

  #skip(reason: string): void {
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1;
  }
}
