import type { JsonValue } from "./json.ts";
import type { JournalRequest } from "./model-request.ts";
import type { TokenUsage } from "./token-usage.ts";

export interface AnswerToolCall {
  readonly name: string;
  /** An object is sent as JSON; a string as it is, so that broken JSON can be sent too. */
  readonly args: string | { readonly [key: string]: JsonValue };
  /** @default a fresh "call_…" */
  readonly id?: string;
}

export interface AnswerError {
  readonly message: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
}

/**
 * What the server sends for one request. All fields are optional: `{}` is the default answer, `{ delayMs: 50 }` the same, later.
 * Of `text`, `json`, `toolCalls` and `refusal`, whichever are given replace the default answer.
 */
export interface AnswerOptions {
  /** An array gives each choice of an `n` request its own text (the last one serves the rest). */
  readonly text?: string | readonly string[];
  /** Sent as JSON text, or as the arguments of the tool that the request forces. */
  readonly json?: JsonValue;
  readonly toolCalls?: readonly AnswerToolCall[];
  readonly refusal?: string;

  /** Overrides what is counted, in the answer and in the invoice. `"none"`: nothing is reported, the invoice counts all the same. */
  readonly usage?: "none" | Partial<TokenUsage>;
  /** Sent as the `usage` object as it is, however broken; the invoice goes by `usage` or the count. */
  readonly rawUsage?: JsonValue;
  /** @default "stop", "tool_calls", or "length" when cut at the token limit */
  readonly finishReason?: string;
  /** The `model` field of the answer. @default the model's `servedAs`, else the model asked for */
  readonly model?: string;
  /** The tier that served. @default the tier asked for, "default" for none and "auto" */
  readonly serviceTier?: string;
  /** Log-probability given to each token, or one per token; only sent when asked for. @default between -0.7 and 0, by the text */
  readonly logprob?: number | readonly number[];

  /** From 400 on: an error. The body is an OpenAI error of this status unless `error` or `body` is given. */
  readonly status?: number;
  readonly error?: AnswerError;
  /** Sent as the body as it is, with `status` (200 when absent). */
  readonly body?: JsonValue;
  /** Added to the response, e.g. `{ "retry-after": "1" }`. */
  readonly headers?: Readonly<Record<string, string>>;

  /** Wait before anything is sent, on top of the server's `latencyMs`. */
  readonly delayMs?: number;
  /** Wait before each part of a stream. @default the server's `chunkDelayMs` */
  readonly chunkDelayMs?: number;
  /** Drops the connection: before the status line, or after half of the answer. */
  readonly cut?: "before" | "mid";
  /** Tokens in a streamed part. @default the server's `tokensPerChunk` */
  readonly tokensPerChunk?: number;
  /** `false`: the first delta of a stream has no `role`, as some compatible servers do. @default the server's `roleOnFirstDelta` */
  readonly roleOnFirstDelta?: boolean;

  /** Embeddings only: the vector of each input, sent as it is. */
  readonly vector?: (input: string) => readonly number[];
}

/** A string is short for `{ text }`. */
export type Answer = string | AnswerOptions;

/** An answer, or what makes one; `undefined` from a function passes the request on (next rule, in the end the default answer). */
export type AnswerSource = Answer | ((request: JournalRequest) => Answer | undefined | Promise<Answer | undefined>);

/** Answers the requests that meet all of its conditions; without conditions, every chat request. */
export interface Rule {
  /** A string must equal the model asked for. */
  readonly model?: string | RegExp;
  /** Tried on the last user message: a string must occur in it, letter case ignored. */
  readonly text?: string | RegExp;
  readonly when?: (request: JournalRequest) => boolean;
  /** @default "chat" and "responses" */
  readonly kind?: JournalRequest["kind"];
  /** How many requests it answers before it steps aside. @default Infinity */
  readonly times?: number;
  readonly answer: AnswerSource;
}

export function toAnswerOptions(answer: Answer): AnswerOptions {
  return typeof answer === "string" ? { text: answer } : answer;
}
