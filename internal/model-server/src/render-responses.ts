import { responseFormat, type Completion } from "./completion.ts";
import { asRecord, type JsonRecord } from "./json.ts";
import { renderLogprob } from "./render-chat.ts";

/** An item of a response's output. */
export type OutputItem =
  | { readonly id: string; readonly type: "reasoning"; readonly summary: readonly unknown[] }
  | {
      readonly id: string;
      readonly type: "message";
      readonly status: string;
      readonly role: "assistant";
      readonly content: readonly JsonRecord[];
    }
  | {
      readonly id: string;
      readonly type: "function_call";
      readonly status: string;
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    };

/** The finished items of a completion's first choice: the Responses API has no `n`. */
export function outputItems(completion: Completion): OutputItem[] {
  const [choice] = completion.choices;
  if (choice === undefined) return [];
  const suffix = completion.id.replace(/^resp_/u, "");
  const status = choice.finishReason === "length" ? "incomplete" : "completed";
  const items: OutputItem[] = [];
  if (completion.usage.reasoningTokens > 0) items.push({ id: `rs_${suffix}`, type: "reasoning", summary: [] });
  if (choice.refusal !== null || choice.text !== "" || choice.toolCalls.length === 0) {
    const content =
      choice.refusal === null
        ? { type: "output_text", annotations: [], logprobs: logprobsOf(completion), text: choice.text }
        : { type: "refusal", refusal: choice.refusal };
    items.push({ id: `msg_${suffix}`, type: "message", status, role: "assistant", content: [content] });
  }
  for (const [index, call] of choice.toolCalls.entries()) {
    items.push({
      id: `fc_${suffix}_${index}`,
      type: "function_call",
      status,
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
    });
  }
  return items;
}

function logprobsOf(completion: Completion): JsonRecord[] {
  return (completion.choices[0]?.logprobs ?? []).map((token) => renderLogprob(token, completion.request.body));
}

/** The response object; in a stream it first goes out "in_progress", without output and usage. */
export function renderResponse(completion: Completion, state: "in_progress" | "done" = "done"): JsonRecord {
  const { body } = completion.request;
  const done = state === "done";
  const incomplete = done && completion.choices[0]?.finishReason === "length";
  const reasoning = asRecord(body["reasoning"]);
  return {
    id: completion.id,
    object: "response",
    created_at: completion.created,
    status: done ? (incomplete ? "incomplete" : "completed") : "in_progress",
    background: false,
    error: null,
    incomplete_details: incomplete ? { reason: "max_output_tokens" } : null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    metadata: body["metadata"] ?? {},
    model: completion.model,
    output: done ? outputItems(completion) : [],
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: body["previous_response_id"] ?? null,
    reasoning: { effort: reasoning["effort"] ?? null, summary: reasoning["summary"] ?? null },
    service_tier: done ? completion.serviceTier : "auto",
    store: body["store"] ?? true,
    temperature: body["temperature"] ?? 1,
    text: { format: asRecord(body["text"])["format"] ?? { type: responseFormat(body).type } },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: body["tools"] ?? [],
    top_p: body["top_p"] ?? 1,
    truncation: body["truncation"] ?? "disabled",
    usage: done ? responsesUsage(completion) : null,
    user: body["user"] ?? null,
  };
}

function responsesUsage(completion: Completion): unknown {
  if (completion.reportedUsage !== undefined) return completion.reportedUsage;
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = completion.usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}
