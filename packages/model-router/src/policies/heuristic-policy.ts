import { InvalidOptionError } from "@langthrift/core";
import type { RoutingPolicy } from "../routing-policy.ts";
import { readTaskSignals, type TaskSignals } from "./task-signals.ts";

/** Options of {@link heuristicPolicy}. */
export interface HeuristicPolicyOptions {
  /** Scores below go to the weakest candidate, from 0 to 1. With more than two candidates the tiers share the range evenly around it. @default 0.5 */
  readonly threshold?: number;
  /** Less certain than this: abstains. From 0 (never) to 1. @default 0.2 */
  readonly minConfidence?: number;
  /** Tool names that show a hard task (code, data, planning), as patterns. @default /code|sql|shell|terminal|exec|browser|plan|deploy/i */
  readonly hardTools?: RegExp;
}

/**
 * Reads length, code, reasoning words, subject words, steps, constraints, mathematics and tool names from the last human text. It decides only on
 * evidence, for "simple" as for "hard", and **abstains** where there is none: other languages than English, "do it", text that is neither a
 * plain question nor visibly hard. No training, no call, under a tenth of a millisecond.
 *
 * These are hand-set weights: they know nothing of your models. Train a router when you have labels.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function heuristicPolicy({
  threshold = 0.5,
  minConfidence = 0.2,
  hardTools = /code|sql|shell|terminal|exec|browser|plan|deploy/i,
}: HeuristicPolicyOptions = {}): RoutingPolicy {
  for (const [name, value] of Object.entries({ threshold, minConfidence })) {
    if (!(value >= 0 && value <= 1)) throw new InvalidOptionError(`\`${name}\` is ${value}. Pass a number from 0 to 1.`);
  }
  return {
    name: "heuristic",
    decide({ task, toolNames, messages }, eligible) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const signals = readTaskSignals(task);
      const tools = toolNames.filter((name) => name.search(hardTools) >= 0).length;
      if (signals.greeting) return pick(0.05, 0.9, "greeting", signals);
      const universal = signals.code + signals.math;
      if (signals.english < 0.1 && universal === 0 && signals.reasoning + signals.expertise === 0) {
        return { kind: "abstain", reason: "no signal in this language" };
      }
      if (signals.referential && messages.some(({ type }) => type === "ai"))
        return { kind: "abstain", reason: "refers to an earlier message" };

      const hard =
        1.1 * saturate(signals.reasoning, 1.5) +
        0.9 * saturate(signals.expertise, 1.5) +
        1.0 * saturate(signals.code, 2) +
        0.8 * saturate(signals.math, 2) +
        0.5 * saturate(signals.steps, 3) +
        0.5 * saturate(signals.constraints, 3) +
        0.3 * saturate(Math.max(0, signals.questions - 1), 2) +
        0.4 * saturate(tools, 1) +
        1.0 * saturate(Math.max(0, signals.words - 40), 120);
      const easy =
        (signals.lookup ? 0.9 : 0) +
        (signals.mechanical ? 0.7 : 0) +
        (signals.words <= 12 && (signals.lookup || signals.mechanical) ? 0.3 : 0);
      if (hard < 0.15 && easy === 0) return { kind: "abstain", reason: "no signal" };
      const score = 1 / (1 + Math.exp(-3.2 * (hard - easy)));
      const confidence = Math.min(1, Math.abs(score - threshold) / Math.max(threshold, 1 - threshold));
      if (confidence < minConfidence) return { kind: "abstain", reason: "signals speak against each other" };
      return pick(score, confidence, score < threshold ? "simple" : "hard", signals);

      function pick(score: number, confidence: number, reason: string, from: TaskSignals) {
        return {
          kind: "pick" as const,
          model: atScore(eligible, score, threshold).name,
          reason,
          score: round(score),
          threshold,
          confidence: round(confidence),
          signals: { ...present(from), ...(tools > 0 && { tools }) },
        };
      }
    },
  };
}

/** The tier for a score: the threshold cuts the weaker half of the tiers from the stronger half, and each half is cut evenly. */
function atScore<T>(eligible: readonly T[], score: number, threshold: number): T {
  const half = eligible.length / 2;
  const position =
    score < threshold ? (score / Math.max(threshold, 1e-9)) * half : half + ((score - threshold) / Math.max(1 - threshold, 1e-9)) * half;
  return eligible[Math.min(eligible.length - 1, Math.max(0, Math.floor(position)))]!;
}

/** 0 for none, half of its weight at `scale`, towards 1 for many. */
function saturate(value: number, scale: number): number {
  return value / (value + scale);
}

function present(signals: TaskSignals): Record<string, number | boolean> {
  const found: Record<string, number | boolean> = { words: signals.words };
  for (const [name, value] of Object.entries(signals) as [string, number | boolean][]) {
    if (name !== "english" && name !== "words" && value !== 0 && value !== false) found[name] = value;
  }
  return found;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
