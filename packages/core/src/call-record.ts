import type { BaseMessage } from "@langchain/core/messages";
import { asRecord, asText } from "./as-record.ts";
import { type JsonValue, toJsonValue } from "./json-value.ts";
import type { NanoUsd } from "./money.ts";
import type { ServiceTier } from "./rates.ts";
import { normalizeUsage, type Usage } from "./usage.ts";

/** One line of a traffic log (JSON Lines): a call, what it used, and, only where the user logs them, its texts. Never a key or a header. */
export interface CallRecord {
  readonly version: 1;
  readonly id: string;
  readonly rootId?: string;
  readonly parentId?: string;
  /** ms since epoch */
  readonly at: number;
  readonly latencyMs?: number;
  readonly firstTokenMs?: number;
  /** Who wrote the record, for example "cost-callback". */
  readonly source: string;
  readonly kind: "llm" | "embedding" | "vector-store" | "tool";
  readonly provider?: string;
  /** Served, else requested. */
  readonly model: string;
  readonly requestedModel?: string;
  readonly tier?: ServiceTier;
  readonly usage: Usage | null;
  /** As logged; an audit prices again. */
  readonly nanoUsd?: NanoUsd | null;
  readonly status: "ok" | "error" | "cached" | "aborted" | "abandoned" | "refused";
  readonly finishReason?: string;
  /** -1 (bad) to 1 (good) */
  readonly feedback?: number;
  readonly messages?: readonly LogMessage[];
  readonly output?: string;
  readonly tools?: JsonValue;
  readonly params?: Readonly<Record<string, JsonValue>>;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly tenant?: string;
  readonly feature?: string;
  readonly runName?: string;
  readonly tags: readonly string[];
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** A message of a traffic log, as plain JSON. */
export interface LogMessage {
  readonly role: "system" | "human" | "ai" | "tool";
  readonly content: string | readonly JsonValue[];
  readonly name?: string;
  readonly toolCallId?: string;
  readonly toolCalls?: readonly { readonly id?: string; readonly name: string; readonly args: JsonValue }[];
}

const kinds = new Set<unknown>(["llm", "embedding", "vector-store", "tool"]);
const statuses = new Set<unknown>(["ok", "error", "cached", "aborted", "abandoned", "refused"]);
const roles = new Set<unknown>(["system", "human", "ai", "tool"]);

/** One line, without the line break. */
export function formatCallRecord(record: CallRecord): string {
  return JSON.stringify(record);
}

/** Reads one line. What is wrong with a line comes back as a sentence, since a log has bad lines and a reader goes on. Never throws. */
export function parseCallRecord(line: string): CallRecord | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: `not JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const record = asRecord(value);
  if (!record) return { problem: "not a JSON object" };
  const problem = findProblem(record);
  if (problem !== undefined) return { problem };
  const usage = record["usage"] === null ? null : normalizeUsage(record["usage"] as Usage);
  return { ...(record as unknown as CallRecord), usage, tags: (record["tags"] as readonly string[] | undefined) ?? [] };
}

/** A message as a log holds it. Content blocks are copied as JSON. */
export function toLogMessage(message: BaseMessage): LogMessage {
  const type = message.getType();
  const role =
    type === "system" || type === "developer" ? "system" : type === "ai" ? "ai" : type === "tool" || type === "function" ? "tool" : "human";
  const calls = (message as { tool_calls?: readonly { id?: string; name: string; args: unknown }[] }).tool_calls;
  const toolCallId = (message as { tool_call_id?: string }).tool_call_id;
  return {
    role,
    content: typeof message.content === "string" ? message.content : (toJsonValue(message.content) as readonly JsonValue[]),
    ...(message.name !== undefined && { name: message.name }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(calls &&
      calls.length > 0 && {
        toolCalls: calls.map(({ id, name, args }) => ({ ...(id !== undefined && { id }), name, args: toJsonValue(args) })),
      }),
  };
}

function findProblem(record: Record<string, unknown>): string | undefined {
  const { version, id, at, kind, model, status, usage, tags, messages, nanoUsd, source } = record;
  if (typeof version === "number" && version > 1) return `version ${version} is newer than this reader (1); update LangThrift`;
  if (version !== 1) return "`version` is not 1";
  if (asText(id) === undefined) return "`id` is not a text";
  if (typeof at !== "number" || !Number.isFinite(at)) return "`at` is not a time in ms since epoch";
  if (typeof source !== "string") return "`source` is not a text";
  if (!kinds.has(kind)) return `\`kind\` is ${JSON.stringify(kind)}, not one of ${[...kinds].join(", ")}`;
  if (typeof model !== "string") return "`model` is not a text";
  if (!statuses.has(status)) return `\`status\` is ${JSON.stringify(status)}, not one of ${[...statuses].join(", ")}`;
  if (usage !== null && !asRecord(usage)) return "`usage` is neither an object nor null";
  if (nanoUsd !== undefined && nanoUsd !== null && !Number.isSafeInteger(nanoUsd)) return "`nanoUsd` is neither an integer nor null";
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === "string"))) return "`tags` is not a list of texts";
  if (messages !== undefined) {
    if (!Array.isArray(messages)) return "`messages` is not a list";
    for (const [index, message] of (messages as unknown[]).entries()) {
      const fields = asRecord(message);
      if (!fields || !roles.has(fields["role"])) return `\`messages[${index}].role\` is not one of ${[...roles].join(", ")}`;
      if (typeof fields["content"] !== "string" && !Array.isArray(fields["content"]))
        return `\`messages[${index}].content\` is neither a text nor a list`;
    }
  }
  return undefined;
}
