import { type BaseMessage, isBaseMessage } from "@langchain/core/messages";

/** A stream whose first part with something in it has arrived: from here on nobody else can give the answer. */
export interface StartedStream {
  /** What came so far. */
  readonly head: readonly unknown[];
  /** The rest; `undefined` when the stream ended without anything in it. */
  readonly tail: AsyncIterator<unknown> | undefined;
}

/** Waits for the first part with something in it. Rejects when the stream fails before it. */
export async function startStream(stream: AsyncIterable<unknown>): Promise<StartedStream> {
  const tail = stream[Symbol.asyncIterator]();
  const head: unknown[] = [];
  for (;;) {
    const { done, value } = await tail.next();
    if (done) return { head, tail: undefined };
    head.push(value);
    if (!isEmptyChunk(value)) return { head, tail };
  }
}

/** The whole stream. A consumer that leaves early ends the provider's stream too. */
export async function* wholeStream({ head, tail }: StartedStream): AsyncGenerator<unknown> {
  let finished = false;
  try {
    yield* head;
    for (let next = await tail?.next(); next && !next.done; next = await tail?.next()) yield next.value;
    finished = true;
  } finally {
    if (!finished) await tail?.return?.().catch(() => undefined);
  }
}

/** A chunk with nothing in it yet: many providers open with the role alone. */
function isEmptyChunk(chunk: unknown): boolean {
  if (!isBaseMessage(chunk)) return false;
  const { content, tool_call_chunks: toolCalls, additional_kwargs: extra } = chunk as BaseMessage & { tool_call_chunks?: unknown[] };
  return content.length === 0 && (toolCalls?.length ?? 0) === 0 && Object.keys(extra ?? {}).length === 0;
}
