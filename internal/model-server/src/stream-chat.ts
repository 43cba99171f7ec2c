import type { Completion, CompletionChoice } from "./completion.ts";
import { asRecord } from "./json.ts";
import { chatUsage, choiceLogprobs } from "./render-chat.ts";
import { groupPieces, type StreamEvent } from "./stream-event.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface StreamOptions {
  readonly tokenizer: Tokenizer;
  readonly tokensPerChunk: number;
  readonly roleOnFirstDelta: boolean;
}

/** The events of a chat completion stream, "[DONE]" last. */
export function* streamChat(completion: Completion, options: StreamOptions): Generator<StreamEvent> {
  const includeUsage = asRecord(completion.request.body["stream_options"])["include_usage"] === true;
  const usage = includeUsage ? chatUsage(completion) : null;
  const chunk = (choices: readonly unknown[], usageField: unknown): unknown => ({
    id: completion.id,
    object: "chat.completion.chunk",
    created: completion.created,
    model: completion.model,
    service_tier: completion.serviceTier,
    system_fingerprint: completion.fingerprint,
    choices,
    // With include_usage every chunk has the field, `null` until the last.
    ...(includeUsage && completion.reportedUsage !== null ? { usage: usageField } : {}),
  });

  for (const [index, choice] of completion.choices.entries()) {
    for (const { delta, tokens, logprobs } of deltas(choice, options)) {
      const part = { index, delta, logprobs: choiceLogprobs(logprobs, completion), finish_reason: null };
      yield { data: chunk([part], null), tokens };
    }
    yield { data: chunk([{ index, delta: {}, logprobs: null, finish_reason: choice.finishReason }], null), tokens: 0 };
  }
  if (usage !== null) yield { data: chunk([], usage), tokens: 0 };
  yield { data: "[DONE]", tokens: 0 };
}

interface Delta {
  readonly delta: unknown;
  readonly tokens: number;
  readonly logprobs: CompletionChoice["logprobs"];
}

function* deltas(choice: CompletionChoice, { tokenizer, tokensPerChunk, roleOnFirstDelta }: StreamOptions): Generator<Delta> {
  const opening = { content: choice.toolCalls.length > 0 && choice.text === "" ? null : "", refusal: null };
  yield { delta: roleOnFirstDelta ? { role: "assistant", ...opening } : opening, tokens: 0, logprobs: null };

  let at = 0;
  for (const group of groupPieces(tokenizer.pieces(choice.text), tokensPerChunk)) {
    yield {
      delta: { content: group.map((piece) => piece.text).join("") },
      tokens: group.reduce((sum, piece) => sum + piece.tokens, 0),
      logprobs: choice.logprobs?.slice(at, at + group.length) ?? null,
    };
    at += group.length;
  }

  if (choice.refusal !== null) yield { delta: { refusal: choice.refusal }, tokens: tokenizer.count(choice.refusal), logprobs: null };

  for (const [index, call] of choice.toolCalls.entries()) {
    const head = { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
    yield { delta: { tool_calls: [head] }, tokens: tokenizer.count(call.name), logprobs: null };
    for (const group of groupPieces(tokenizer.pieces(call.arguments), tokensPerChunk)) {
      const part = { index, function: { arguments: group.map((piece) => piece.text).join("") } };
      yield { delta: { tool_calls: [part] }, tokens: group.reduce((sum, piece) => sum + piece.tokens, 0), logprobs: null };
    }
  }
}
