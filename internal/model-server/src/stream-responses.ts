import type { Completion } from "./completion.ts";
import { asString, type JsonRecord } from "./json.ts";
import { outputItems, renderResponse, type OutputItem } from "./render-responses.ts";
import type { StreamOptions } from "./stream-chat.ts";
import { groupPieces, type StreamEvent } from "./stream-event.ts";

/** The events of a Responses API stream. */
export function* streamResponse(completion: Completion, options: StreamOptions): Generator<StreamEvent> {
  let sequence = 0;
  const event = ({ type, tokens = 0, ...fields }: BareEvent): StreamEvent => {
    const data = { type, sequence_number: sequence, ...fields };
    sequence += 1;
    return { name: type, data, tokens };
  };

  const opening = renderResponse(completion, "in_progress");
  yield event({ type: "response.created", response: opening });
  yield event({ type: "response.in_progress", response: opening });
  for (const [index, item] of outputItems(completion).entries()) {
    yield event({ type: "response.output_item.added", output_index: index, item: openItem(item) });
    for (const bare of itemEvents(item, index, options)) yield event(bare);
    yield event({ type: "response.output_item.done", output_index: index, item });
  }
  const response = renderResponse(completion);
  yield event({ type: `response.${asString(response["status"]) ?? "completed"}`, response });
}

interface BareEvent extends JsonRecord {
  readonly type: string;
  readonly tokens?: number;
}

function openItem(item: OutputItem): OutputItem {
  if (item.type === "message") return { ...item, status: "in_progress", content: [] };
  if (item.type === "function_call") return { ...item, status: "in_progress", arguments: "" };
  return item;
}

function* itemEvents(item: OutputItem, output_index: number, options: StreamOptions): Generator<BareEvent> {
  const place = { item_id: item.id, output_index };
  if (item.type === "function_call") {
    for (const { text, tokens } of parts(item.arguments, options)) {
      yield { type: "response.function_call_arguments.delta", ...place, delta: text, tokens };
    }
    yield { type: "response.function_call_arguments.done", ...place, name: item.name, arguments: item.arguments };
  }
  if (item.type !== "message") return;

  for (const [content_index, part] of item.content.entries()) {
    const spot = { ...place, content_index };
    const text = asString(part["text"]);
    const refusal = asString(part["refusal"]);
    const empty = text === undefined ? { type: "refusal", refusal: "" } : { type: "output_text", annotations: [], logprobs: [], text: "" };
    yield { type: "response.content_part.added", ...spot, part: empty };
    if (text !== undefined) {
      for (const { text: delta, tokens } of parts(text, options)) {
        yield { type: "response.output_text.delta", ...spot, delta, logprobs: [], tokens };
      }
      yield { type: "response.output_text.done", ...spot, text, logprobs: part["logprobs"] ?? [] };
    }
    if (refusal !== undefined) {
      yield { type: "response.refusal.delta", ...spot, delta: refusal, tokens: options.tokenizer.count(refusal) };
      yield { type: "response.refusal.done", ...spot, refusal };
    }
    yield { type: "response.content_part.done", ...spot, part };
  }
}

function parts(text: string, { tokenizer, tokensPerChunk }: StreamOptions): { text: string; tokens: number }[] {
  return groupPieces(tokenizer.pieces(text), tokensPerChunk).map((group) => ({
    text: group.map((piece) => piece.text).join(""),
    tokens: group.reduce((sum, piece) => sum + piece.tokens, 0),
  }));
}
