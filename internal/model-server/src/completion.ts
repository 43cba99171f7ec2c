import type { AnswerOptions } from "./answer.ts";
import { defaultAnswer } from "./default-answer.ts";
import { hash32, randomFrom } from "./hash.ts";
import { asNumber, asRecord, asString, type JsonRecord, type JsonValue } from "./json.ts";
import { minimalJson } from "./minimal-json.ts";
import type { JournalRequest } from "./model-request.ts";
import type { ServedModel } from "./served-model.ts";
import type { TokenUsage } from "./token-usage.ts";
import type { Tokenizer } from "./tokenizer.ts";

interface CompletionCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, unless the answer asked for something else. */
  readonly arguments: string;
}

export interface CompletionChoice {
  readonly text: string;
  readonly refusal: string | null;
  readonly toolCalls: readonly CompletionCall[];
  readonly finishReason: string;
  /** Visible tokens: text, refusal and calls. */
  readonly tokens: number;
  /** By token of the text; `null` when not asked for. */
  readonly logprobs: readonly { readonly token: string; readonly logprob: number }[] | null;
}

/** An answer worked out for one request, before it takes the form of either API. */
export interface Completion {
  readonly request: JournalRequest;
  readonly id: string;
  /** Seconds since epoch. */
  readonly created: number;
  readonly model: string;
  readonly serviceTier: string;
  readonly fingerprint: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage: TokenUsage;
  /** `undefined`: by `usage`; `null`: none; else sent as it is. */
  readonly reportedUsage: JsonValue | undefined;
}

export interface CompletionContext {
  readonly request: JournalRequest;
  readonly model: ServedModel;
  readonly answer: AnswerOptions;
  readonly tokenizer: Tokenizer;
  readonly cachedTokens: number;
  readonly seed: number;
  readonly nowMs: number;
  readonly newId: () => string;
}

/** Works out texts, calls, tokens and finish reasons. */
export function complete(context: CompletionContext): Completion {
  const { request, model, answer, newId } = context;
  const override = typeof answer.usage === "object" ? answer.usage : {};
  const reasoningTokens = override.reasoningTokens ?? model.reasoningTokens ?? 0;
  const count = Math.max(1, asNumber(request.body["n"]) ?? 1);
  const choices = Array.from({ length: count }, (_, index) => makeChoice(context, index, reasoningTokens));
  const visible = choices.reduce((sum, choice) => sum + choice.tokens, 0);

  return {
    request,
    id: `${request.kind === "chat" ? "chatcmpl-" : "resp_"}${newId()}`,
    created: Math.floor(context.nowMs / 1_000),
    model: answer.model ?? model.servedAs ?? request.model,
    serviceTier: answer.serviceTier ?? servedTier(request.serviceTier),
    fingerprint: `fp_${hash32(request.model).toString(16).padStart(10, "0")}`,
    choices,
    usage: {
      inputTokens: override.inputTokens ?? request.inputTokens,
      cachedTokens: Math.min(override.cachedTokens ?? context.cachedTokens, override.inputTokens ?? request.inputTokens),
      outputTokens: override.outputTokens ?? visible + reasoningTokens * count,
      reasoningTokens: override.reasoningTokens ?? reasoningTokens * count,
    },
    reportedUsage: answer.usage === "none" ? null : answer.rawUsage,
  };
}

function servedTier(requested: string | undefined): string {
  return requested === undefined || requested === "auto" ? "default" : requested;
}

function makeChoice(context: CompletionContext, index: number, reasoningTokens: number): CompletionChoice {
  const { request, answer, tokenizer } = context;
  const { text: whole, calls } = contentOf(context, index);
  const limit = tokenLimit(request.body);
  const room = limit === undefined ? Infinity : Math.max(0, limit - reasoningTokens);
  const stopped = cutAtStop(whole, request.body["stop"]);
  const text = room === Infinity ? stopped : tokenizer.truncate(stopped, room);
  const refusal = answer.refusal ?? null;
  const natural = text.length < stopped.length ? "length" : calls.length > 0 ? "tool_calls" : "stop";
  const callTokens = calls.reduce((sum, call) => sum + tokenizer.count(call.name) + tokenizer.count(call.arguments), 0);

  return {
    text,
    refusal,
    toolCalls: calls,
    finishReason: answer.finishReason ?? natural,
    tokens: tokenizer.count(text) + callTokens + (refusal === null ? 0 : tokenizer.count(refusal)),
    logprobs: wantsLogprobs(request.body) ? logprobsOf(text, answer.logprob, tokenizer) : null,
  };
}

function contentOf(context: CompletionContext, index: number): { text: string; calls: CompletionCall[] } {
  const { request, answer, model, seed, newId } = context;
  const format = responseFormat(request.body);
  const forced = forcedTool(request);
  const callOf = (name: string, args: string | JsonValue, id?: string): CompletionCall => ({
    id: id ?? `call_${newId().replaceAll("-", "").slice(0, 24)}`,
    name,
    arguments: typeof args === "string" ? args : JSON.stringify(args),
  });

  const calls = (answer.toolCalls ?? []).map((call) => callOf(call.name, call.args, call.id));
  const texts = typeof answer.text === "string" ? [answer.text] : answer.text;
  const text = texts?.[Math.min(index, texts.length - 1)];
  if (answer.json !== undefined) {
    return forced === undefined
      ? { text: JSON.stringify(answer.json), calls }
      : { text: text ?? "", calls: [...calls, callOf(forced.name, JSON.stringify(answer.json))] };
  }
  if (text !== undefined || calls.length > 0 || answer.refusal !== undefined) return { text: text ?? "", calls };

  if (forced !== undefined) return { text: "", calls: [callOf(forced.name, minimalJson(forced.parameters))] };
  if (format.schema !== undefined) return { text: JSON.stringify(minimalJson(format.schema)), calls };
  const plain = defaultAnswer({ seed, model: model.id, question: request.text, choice: index });
  return { text: format.type === "json_object" ? JSON.stringify({ answer: plain }) : plain, calls };
}

/** The tool that `tool_choice` makes the model call. */
function forcedTool(request: JournalRequest): JournalRequest["tools"][number] | undefined {
  const choice = request.body["tool_choice"];
  if (choice === "required" || choice === "any") return request.tools[0];
  const named = asString(asRecord(asRecord(choice)["function"])["name"]) ?? asString(asRecord(choice)["name"]);
  return request.tools.find((tool) => tool.name === named);
}

/** The output format asked for, of either API. */
export function responseFormat(body: JsonRecord): { type: string; schema?: unknown } {
  const format = asRecord(body["response_format"] ?? asRecord(body["text"])["format"]);
  const type = asString(format["type"]) ?? "text";
  return type === "json_schema" ? { type, schema: format["schema"] ?? asRecord(format["json_schema"])["schema"] } : { type };
}

function tokenLimit(body: JsonRecord): number | undefined {
  return asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]) ?? asNumber(body["max_output_tokens"]);
}

function cutAtStop(text: string, stop: unknown): string {
  const ends = (Array.isArray(stop) ? stop : [stop])
    .filter((mark): mark is string => typeof mark === "string" && mark !== "")
    .map((mark) => text.indexOf(mark))
    .filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function wantsLogprobs(body: JsonRecord): boolean {
  const include = body["include"];
  return body["logprobs"] === true || (Array.isArray(include) && include.includes("message.output_text.logprobs"));
}

function logprobsOf(text: string, given: AnswerOptions["logprob"], tokenizer: Tokenizer): { token: string; logprob: number }[] {
  const random = randomFrom(hash32(text));
  return tokenizer.pieces(text).map((piece, index) => {
    // Most tokens of a real answer are near-certain: the square favours values next to 0.
    const drawn = -0.7 * random() ** 2;
    const chosen = typeof given === "number" ? given : given?.[Math.min(index, given.length - 1)];
    return { token: piece.text, logprob: chosen ?? drawn };
  });
}
