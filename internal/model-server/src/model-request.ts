import type { JsonRecord } from "./json.ts";

/** Which of the three paths a request came by. */
export type RequestKind = "chat" | "responses" | "embeddings";

/** One message, the same for both chat APIs. */
export interface RequestMessage {
  /** As sent: "system", "developer", "user", "assistant", "tool". */
  readonly role: string;
  /** The text parts, joined; "" when there are none. */
  readonly text: string;
  readonly name?: string;
  /** On a tool's message: the call that it answers. */
  readonly toolCallId?: string;
  /** On an assistant's message: the calls that it made; `arguments` is JSON as sent. */
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** Image, audio and file parts. */
  readonly attachments: number;
}

/** A tool that the request offers. */
export interface RequestTool {
  readonly name: string;
  /** JSON Schema of the arguments; `{}` when none was sent. */
  readonly parameters: JsonRecord;
}

/** A request as rules see it and the journal keeps it. Never holds the Authorization header. */
export interface JournalRequest {
  /** 0 for the first request since the start or the last `reset()`. */
  readonly index: number;
  readonly kind: RequestKind;
  /** The model asked for. */
  readonly model: string;
  /** System text, joined with newlines. */
  readonly system: string;
  readonly messages: readonly RequestMessage[];
  /** The last user message; for embeddings the inputs joined with newlines. What `Rule.text` is matched against. */
  readonly text: string;
  /** The texts to embed; empty for chat. Token arrays are decoded. */
  readonly inputs: readonly string[];
  readonly stream: boolean;
  readonly tools: readonly RequestTool[];
  /** Tokens of the request as counted here, before any `usage` override. */
  readonly inputTokens: number;
  /** The tier asked for, absent when none was. */
  readonly serviceTier?: string;
  /** The parsed JSON body as sent. */
  readonly body: JsonRecord;
  /** Only `user-agent`, `idempotency-key` and `x-stainless-*`. */
  readonly headers: Readonly<Record<string, string>>;
}
