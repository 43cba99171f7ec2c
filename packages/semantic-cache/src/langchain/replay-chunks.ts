import { AIMessageChunk } from "@langchain/core/messages";
import type { CacheMark } from "@langthrift/core";
import type { CachedResponse } from "../cached-response.ts";
import { chunkFromResponse, isOwnToCall } from "./message-record.ts";

/** A stored answer as a stream: text in words, other content block by block, tool calls, and last the metadata with no usage. One id. */
export function replayChunks(response: CachedResponse, mark: CacheMark, id: string): AIMessageChunk[] | null {
  const whole = chunkFromResponse(response, mark, id);
  if (!whole) return null;
  const chunks: AIMessageChunk[] = [];
  const push = (content: AIMessageChunk["content"]): void => {
    chunks.push(new AIMessageChunk({ content, id, ...(chunks.length === 0 && whole.name !== undefined && { name: whole.name }) }));
  };
  if (typeof whole.content === "string") {
    for (const piece of wordPieces(whole.content)) push(piece);
  } else {
    for (const [index, block] of whole.content.entries()) {
      const { type, text, ...rest } = block as { type?: unknown; text?: unknown; index?: unknown };
      if (type !== "text" || typeof text !== "string") {
        push([block]);
        continue;
      }
      // Chunks of one block merge by its index.
      const place = typeof rest.index === "number" ? rest.index : index;
      for (const piece of wordPieces(text)) push([{ ...rest, type, text: piece, index: place }] as AIMessageChunk["content"]);
    }
  }
  for (const call of whole.tool_call_chunks ?? [])
    chunks.push(new AIMessageChunk({ content: emptyLike(whole.content), id, tool_call_chunks: [call] }));
  chunks.push(
    new AIMessageChunk({
      content: emptyLike(whole.content),
      id,
      additional_kwargs: whole.additional_kwargs,
      response_metadata: whole.response_metadata,
      usage_metadata: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    }),
  );
  return chunks;
}

/** Words with the space after them; joined they are the text. */
function wordPieces(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/gu) ?? (text === "" ? [] : [text]);
}

function emptyLike(content: AIMessageChunk["content"]): AIMessageChunk["content"] {
  return typeof content === "string" ? "" : [];
}

/** A copy of another reader's chunk: own id, without what the call used. */
export function followedChunk(chunk: AIMessageChunk, id: string): AIMessageChunk {
  const metadata = Object.entries(chunk.response_metadata ?? {}).filter(([name]) => !isOwnToCall(name));
  return new AIMessageChunk({
    content: structuredClone(chunk.content),
    id,
    additional_kwargs: structuredClone(chunk.additional_kwargs),
    response_metadata: structuredClone(Object.fromEntries(metadata)),
    tool_call_chunks: structuredClone(chunk.tool_call_chunks ?? []),
    ...(chunk.name !== undefined && { name: chunk.name }),
  });
}
