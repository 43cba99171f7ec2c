import type { IncomingHttpHeaders } from "node:http";
import { responseFormat } from "./completion.ts";
import { asArray, asString, type JsonRecord } from "./json.ts";
import type { JournalRequest, RequestKind, RequestMessage } from "./model-request.ts";
import { parseChatMessages } from "./parse-chat.ts";
import { parseResponsesMessages } from "./parse-responses.ts";
import { promptTokens, requestTools, type ParsedMessage } from "./prompt-tokens.ts";
import { embeddingInputs } from "./render-embeddings.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface ParsedRequest {
  readonly request: JournalRequest;
  readonly messages: readonly ParsedMessage[];
  /** Its length is the input; see `promptTokens`. Empty for embeddings. */
  readonly prompt: readonly number[];
}

export interface RawRequest {
  readonly kind: RequestKind;
  readonly index: number;
  readonly body: JsonRecord;
  readonly headers: IncomingHttpHeaders;
  /** Messages of the response that `previous_response_id` names. */
  readonly earlier: readonly ParsedMessage[];
}

/** Reads either API's body into the common form. Never throws: what is missing reads as empty. */
export function parseRequest({ kind, index, body, headers, earlier }: RawRequest, tokenizer: Tokenizer): ParsedRequest {
  const messages = kind === "chat" ? parseChatMessages(body) : kind === "responses" ? parseResponsesMessages(body, earlier) : [];
  const inputs = kind === "embeddings" ? embeddingInputs(body["input"], tokenizer) : [];
  const tools = asArray(body["tools"]);
  const { schema } = responseFormat(body);
  const prompt = kind === "embeddings" ? [] : promptTokens(tokenizer, { messages, tools, ...(schema === undefined ? {} : { schema }) });
  const question = messages.findLast((message) => message.role === "user") ?? messages.at(-1);
  const serviceTier = asString(body["service_tier"]);

  return {
    request: {
      index,
      kind,
      model: asString(body["model"]) ?? "",
      system: messages.flatMap(({ role, text }) => (role === "system" || role === "developer" ? [text] : [])).join("\n"),
      messages: messages.map(withoutParts),
      text: kind === "embeddings" ? inputs.join("\n") : (question?.text ?? ""),
      inputs,
      stream: body["stream"] === true,
      tools: requestTools(tools),
      inputTokens: kind === "embeddings" ? inputs.reduce((sum, input) => sum + tokenizer.count(input), 0) : prompt.length,
      ...(serviceTier === undefined ? {} : { serviceTier }),
      body,
      headers: harmlessHeaders(headers),
    },
    messages,
    prompt,
  };
}

function withoutParts(message: ParsedMessage): RequestMessage {
  const { parts, ...rest } = message;
  return { ...rest, attachments: parts.length };
}

/** An allow-list, so that no key under any name is kept. */
function harmlessHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") continue;
    if (name === "user-agent" || name === "idempotency-key" || name.startsWith("x-stainless-")) kept[name] = value;
  }
  return kept;
}
