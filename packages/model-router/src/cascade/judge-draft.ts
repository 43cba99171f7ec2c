import { BudgetExceededError, type FailureLog, findError, type JsonValue, OVERHEAD_TAG, withTimeout } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import { messageOf } from "../model/model-output.ts";
import { textOf } from "../route-context.ts";
import type { ResolvedStep } from "./cascade-step.ts";
import type { Draft, QualityScorer } from "./quality-scorer.ts";
import { toolCallsFit } from "./tool-call-check.ts";

/** What a draft came to. */
export interface Verdict {
  readonly accepted: boolean;
  readonly reason: string;
  /** The lowest score that was given. */
  readonly score?: number;
  /** By scorer. */
  readonly evidence: Readonly<Record<string, JsonValue>>;
}

export interface JudgeDraftOptions {
  /** For all scorers of the draft. */
  readonly timeoutMs: number;
  readonly failures: FailureLog;
}

/** Accepts a draft only on evidence: a scorer that fails, is slow or cannot judge rejects it. Throws only for an abort or a hard budget. */
export async function judgeDraft(
  call: ForwardCall,
  task: string,
  { scorers, threshold }: ResolvedStep,
  output: unknown,
  { timeoutMs, failures }: JudgeDraftOptions,
): Promise<Verdict> {
  const message = messageOf(output);
  if (!message) return rejected("no message");
  const parsed = call.structured ? (output as { parsed?: unknown }).parsed : undefined;
  if (call.structured && (parsed === null || parsed === undefined)) return rejected("does not fit the schema");
  if (!call.structured) {
    // The tools of a draft run only after it was accepted, so its calls can be judged by name and schema alone.
    const fit = toolCallsFit(message, call.bindings.tools?.tools ?? []);
    if (fit !== undefined) return { accepted: fit, reason: fit ? "accepted: tool calls fit" : "tool calls do not fit", evidence: {} };
  }
  const draft = draftOf(call, task, message, parsed);
  const evidence: Record<string, JsonValue> = {};
  try {
    const { signal } = call.config;
    return await withTimeout("cascade scorers", timeoutMs, () => askScorers(scorers, threshold, draft, evidence), signal);
  } catch (error) {
    if (call.config.signal?.aborted || findError(error, BudgetExceededError)) throw error;
    failures.note("scorer-failed", error);
    return rejected("scorer failed", evidence);
  }
}

/** In order, cheap ones first; the first below the threshold ends it. */
async function askScorers(
  scorers: readonly QualityScorer[],
  threshold: number,
  draft: Draft,
  evidence: Record<string, JsonValue>,
): Promise<Verdict> {
  let lowest = 1;
  for (const scorer of scorers) {
    const result = await scorer.score(draft);
    if (result === null || !Number.isFinite(result.score)) return rejected(`${scorer.name} cannot judge`, evidence);
    lowest = Math.min(lowest, result.score);
    evidence[scorer.name] = { score: Math.round(result.score * 1000) / 1000, ...result.evidence };
    if (result.score < threshold) return { ...rejected(`${scorer.name} below threshold`, evidence), score: lowest };
  }
  return { accepted: true, reason: "accepted", score: lowest, evidence };
}

function draftOf(call: ForwardCall, task: string, message: BaseMessage, parsed: unknown): Draft {
  const { callbacks, metadata } = patchConfig(call.config as RunnableConfig, { callbacks: call.runManager?.getChild() });
  const { signal } = call.config;
  return {
    messages: call.messages,
    task,
    message,
    text: textOf(message),
    ...(parsed !== undefined && { parsed }),
    config: { callbacks, signal, metadata, tags: [OVERHEAD_TAG, "langsmith:nostream"] } as RunnableConfig,
  };
}

function rejected(reason: string, evidence: Readonly<Record<string, JsonValue>> = {}): Verdict {
  return { accepted: false, reason, evidence };
}
