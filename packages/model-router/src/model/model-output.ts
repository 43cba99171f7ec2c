import { type RoutingDecision, type Usage, usageFromMessage } from "@langthrift/core";
import { type BaseMessage, isBaseMessage } from "@langchain/core/messages";
import { stampDecision } from "./stamp-decision.ts";

/** The message of an answer: itself, or the raw one beside a parsed value. */
export function messageOf(output: unknown): BaseMessage | undefined {
  if (isBaseMessage(output)) return output;
  const raw = (output as { raw?: unknown } | null | undefined)?.raw;
  return isBaseMessage(raw) ? raw : undefined;
}

export function usageOf(output: unknown): Usage | null {
  const message = messageOf(output);
  return message ? usageFromMessage(message) : null;
}

/** Marks the message; with `includeRaw`, the raw one. A parsed value alone cannot be marked. */
export function stampOutput(output: unknown, decision: RoutingDecision): unknown {
  if (isBaseMessage(output)) return stampDecision(output, decision);
  const raw = messageOf(output);
  return raw ? { ...(output as object), raw: stampDecision(raw, decision) } : output;
}
