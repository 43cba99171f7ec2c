import type { BaseMessage } from "@langchain/core/messages";
import { createHash } from "node:crypto";
import { safeJson, toolCallIdOf, toolCallsOf } from "../text/message-text.ts";
import type { HistorySummary } from "./history-summary.ts";

/** `none`: no summary. `changed`: the covered messages are no longer what was summarised. */
export type Coverage = { readonly state: "valid"; readonly count: number } | { readonly state: "none" | "changed"; readonly count: 0 };

const none: Coverage = { state: "none", count: 0 };
const changed: Coverage = { state: "changed", count: 0 };

/** How many of the messages the summary stands for. Linear in the covered messages. */
export function coverageOf(messages: readonly BaseMessage[], summary: HistorySummary | undefined): Coverage {
  if (!summary || summary.coveredCount === 0) return none;
  const { coveredCount, coveredHash } = summary;
  if (coveredCount > messages.length || hashMessages(messages, coveredCount) !== coveredHash) return changed;
  return { state: "valid", count: coveredCount };
}

// Feeding the hash message by message costs a crossing into native code each; batches keep 10,000 messages within a few ms.
const BATCH = 65_536;

/**
 * SHA-256 of role, content, tool calls and tool call ids of the first `count` messages. Ids are left out: several stores do not keep
 * them, and an id that stays while the content changes proves nothing.
 */
export function hashMessages(messages: readonly BaseMessage[], count: number): string {
  const hash = createHash("sha256");
  let batch = "";
  for (let index = 0; index < count; index += 1) {
    const message = messages[index] as BaseMessage;
    const { content } = message;
    const text = typeof content === "string" ? content : safeJson(content);
    const calls = toolCallsOf(message);
    const called = calls.length === 0 ? "" : safeJson(calls.map(({ id, name, args }) => [id, name, args]));
    // Lengths in front, so that no text can pass for the next field.
    batch += `${message.getType()}\n${text.length}:${text}${called.length}:${called}${toolCallIdOf(message) ?? ""}\n`;
    if (batch.length > BATCH) {
      hash.update(batch);
      batch = "";
    }
  }
  return hash.update(batch).digest("hex");
}
