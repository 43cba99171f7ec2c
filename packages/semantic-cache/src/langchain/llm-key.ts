import { type JsonValue, stableHash } from "@langthrift/core";

/** What of LangChain's `llmKey` decides the answer, hashed; and the model's name in it. */
export interface LlmKey {
  readonly model: string | undefined;
  /** Hash of each parameter that counts: the values themselves are never kept, as some may be secret. */
  readonly params: JsonValue;
  readonly several: boolean;
}

/** Parameters that change the answer. All others are dropped: keys, URLs, headers, and LangGraph's run state, which differs in each call. */
const counted = new Set([
  "_model",
  "_type",
  "model",
  "model_name",
  "modelName",
  "temperature",
  "top_p",
  "topP",
  "top_k",
  "topK",
  "max_tokens",
  "maxTokens",
  "max_completion_tokens",
  "max_output_tokens",
  "maxOutputTokens",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "stop",
  "stop_sequences",
  "stopSequences",
  "seed",
  "tools",
  "tool_choice",
  "functions",
  "function_call",
  "parallel_tool_calls",
  "response_format",
  "responseSchema",
  "responseMimeType",
  "outputConfig",
  "strict",
  "reasoning",
  "reasoning_effort",
  "thinking",
  "verbosity",
  "modalities",
  "audio",
  "prediction",
  "outputVersion",
  "system",
  "n",
]);

/**
 * Reads `key:json,key:json`, as core writes it. A comma inside of JSON does not end a part: parts are cut where the JSON of the one before
 * is complete. Never throws.
 */
export function parseLlmKey(llmKey: string): LlmKey {
  const params: Record<string, JsonValue> = {};
  let model: string | undefined;
  let several = false;
  for (const [name, json] of partsOf(llmKey)) {
    if (!counted.has(name)) continue;
    params[name] = stableHash(json);
    if ((name === "model" || name === "model_name" || name === "modelName") && json.startsWith('"')) model ??= safeString(json);
    if (name === "n" && Number(json) > 1) several = true;
  }
  return { model, params, several };
}

function* partsOf(llmKey: string): Generator<[string, string]> {
  let at = 0;
  while (at < llmKey.length) {
    const colon = llmKey.indexOf(":", at);
    if (colon < 0) return;
    const end = jsonEnd(llmKey, colon + 1);
    yield [llmKey.slice(at, colon), llmKey.slice(colon + 1, end)];
    at = end + 1;
  }
}

/** Where the JSON value that begins here ends: the first comma outside of strings and brackets. */
function jsonEnd(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const letter = text[index];
    if (quoted) {
      if (letter === "\\") index += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === "{" || letter === "[") depth += 1;
    else if (letter === "}" || letter === "]") depth -= 1;
    else if (letter === "," && depth === 0) return index;
  }
  return text.length;
}

function safeString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
