import type { Completion, CompletionChoice } from "./completion.ts";
import { asNumber, type JsonRecord } from "./json.ts";

/** The body of a chat completion. */
export function renderChat(completion: Completion): JsonRecord {
  const usage = chatUsage(completion);
  return {
    id: completion.id,
    object: "chat.completion",
    created: completion.created,
    model: completion.model,
    choices: completion.choices.map((choice, index) => ({
      index,
      message: {
        role: "assistant",
        content: choice.toolCalls.length > 0 && choice.text === "" ? null : choice.text,
        refusal: choice.refusal,
        annotations: [],
        ...(choice.toolCalls.length === 0 ? {} : { tool_calls: choice.toolCalls.map(renderCall) }),
      },
      logprobs: choiceLogprobs(choice.logprobs, completion),
      finish_reason: choice.finishReason,
    })),
    ...(usage === null ? {} : { usage }),
    service_tier: completion.serviceTier,
    system_fingerprint: completion.fingerprint,
  };
}

/** The usage object of a chat completion; `null` when the answer reports none. */
export function chatUsage(completion: Completion): unknown {
  if (completion.reportedUsage !== undefined) return completion.reportedUsage;
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = completion.usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function renderCall(call: CompletionChoice["toolCalls"][number]): JsonRecord {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } };
}

/** The `logprobs` field of a choice or a delta. */
export function choiceLogprobs(tokens: CompletionChoice["logprobs"], completion: Completion): JsonRecord | null {
  return tokens === null ? null : { content: tokens.map((token) => renderLogprob(token, completion.request.body)), refusal: null };
}

/** A token with its alternatives: itself first, then made-up ones that share what is left of the probability. */
export function renderLogprob({ token, logprob }: { token: string; logprob: number }, body: JsonRecord): JsonRecord {
  const own = { token, logprob, bytes: [...Buffer.from(token)] };
  const wanted = asNumber(body["top_logprobs"]) ?? 0;
  const others = [
    "the",
    " a",
    ".",
    ",",
    " and",
    " of",
    "\n",
    " to",
    " in",
    " is",
    " it",
    " for",
    " on",
    " with",
    " as",
    " at",
    " by",
    " or",
    " an",
    " be",
  ]
    .filter((other) => other !== token)
    .slice(0, Math.max(0, wanted - 1))
    .map((other, index) => ({
      token: other,
      logprob: Math.min(logprob, Math.log(Math.max(1e-9, 1 - Math.exp(logprob)))) - (index + 1) * Math.LN2,
      bytes: [...Buffer.from(other)],
    }));
  return { ...own, top_logprobs: wanted > 0 ? [own, ...others] : [] };
}
