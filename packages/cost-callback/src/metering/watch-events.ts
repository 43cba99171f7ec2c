import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { ChatModelStream } from "@langchain/core/language_models/stream";
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { CostRecorder } from "../cost-recorder.ts";
import { recordOf, textOf } from "../unknown-record.ts";
import type { CallConfig } from "./call-config.ts";

export interface WatchedCall {
  readonly recorder: CostRecorder;
  readonly model: BaseChatModel;
  readonly messages: BaseMessage[];
  /** With what the model has bound and the surrounding runnable gave. */
  readonly config: CallConfig;
  readonly runId: string;
  readonly settle: (message?: BaseMessage) => Promise<void>;
}

/** Stands in for the run that LangChain does not open for `streamEvents()` without a version. */
export async function* watchEvents({
  recorder,
  model,
  messages,
  config,
  runId,
  settle,
}: WatchedCall): AsyncGenerator<ChatModelStreamEvent> {
  const [, options] = (model as unknown as Separating)._separateRunnableConfigFromCallOptionsCompat(config);
  recorder.begin({
    id: runId,
    kind: "llm",
    name: config.runName ?? model.getName(),
    tags: config.tags,
    metadata: { ...config.metadata, ...(model.getLsParams(options) as object) },
    llm: { messages, extraParams: { options, invocation_params: model.invocationParams(options) as unknown } },
  });
  const seen: ChatModelStreamEvent[] = [];
  let message: BaseMessage | undefined;
  let done = false;
  try {
    for await (const event of model._streamChatModelEvents(messages, options)) {
      seen.push(event);
      const text = deltaText(event);
      if (text !== "") recorder.progress(runId, text, undefined);
      yield event;
    }
    done = true;
    message = await new ChatModelStream(replay(seen)).output;
    await recorder.end(runId, { generations: [[{ text: message.text, message } as never]] }, false);
  } catch (error) {
    done = true;
    await recorder.fail(runId, error);
    throw error;
  } finally {
    if (!done) await recorder.abandon(runId);
    await settle(message && new AIMessageChunk({ content: message.content, ...usageOf(message) }));
  }
}

interface Separating {
  _separateRunnableConfigFromCallOptionsCompat(config: CallConfig): [unknown, object];
}

function deltaText(event: ChatModelStreamEvent): string {
  const delta = recordOf(recordOf(event)?.["delta"]);
  return textOf(delta?.["text"]) ?? textOf(delta?.["reasoning"]) ?? textOf(delta?.["args"]) ?? "";
}

function usageOf(message: BaseMessage): object {
  const { usage_metadata } = message as { usage_metadata?: unknown };
  return usage_metadata === undefined ? {} : { usage_metadata };
}

async function* replay(events: readonly ChatModelStreamEvent[]): AsyncGenerator<ChatModelStreamEvent> {
  yield* events;
}
