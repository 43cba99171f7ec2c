import { CallbackManager, type CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessage, AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { RunnableConfig } from "@langchain/core/runnables";

/** Protected members that the base class's own call path uses to open a run. */
interface ModelInternals {
  _separateRunnableConfigFromCallOptionsCompat(options: object): [RunnableConfig, Record<string, unknown>];
  _getInvocationParamsForTracing(options: object): Record<string, unknown>;
  _getCallOptionsForTracing(options: object, params: object): Record<string, unknown>;
}

/**
 * Opens the model run that the inner model would have opened, so that handlers see the same name, metadata and place in the tree.
 * `undefined` when nobody listens.
 */
export async function openHitRun(
  model: BaseChatModel,
  messages: BaseMessage[],
  config: RunnableConfig,
): Promise<CallbackManagerForLLMRun | undefined> {
  const internals = model as unknown as ModelInternals;
  const [runnableConfig, callOptions] = internals._separateRunnableConfigFromCallOptionsCompat(config);
  const params = internals._getInvocationParamsForTracing(callOptions);
  const manager = CallbackManager.configure(
    runnableConfig.callbacks,
    model.callbacks,
    runnableConfig.tags,
    model.tags,
    { ...runnableConfig.metadata, ...model.getLsParamsWithDefaults(callOptions as never) },
    model.metadata,
    { verbose: model.verbose },
  );
  const extra = { options: internals._getCallOptionsForTracing(callOptions, params), invocation_params: params, batch_size: 1 };
  const runs = await manager?.handleChatModelStart(
    model.toJSON(),
    [messages],
    runnableConfig.runId,
    undefined,
    extra,
    undefined,
    undefined,
    runnableConfig.runName,
  );
  return runs?.[0];
}

/** One token event for one chunk, as models send it. */
export async function sendToken(run: CallbackManagerForLLMRun | undefined, message: AIMessageChunk): Promise<void> {
  const chunk = new ChatGenerationChunk({ text: message.text, message });
  await run?.handleLLMNewToken(chunk.text, { prompt: 0, completion: 0 }, undefined, undefined, undefined, { chunk });
}

export async function endHitRun(run: CallbackManagerForLLMRun | undefined, message: AIMessage): Promise<void> {
  await run?.handleLLMEnd({ generations: [[{ text: message.text, message } as never]], llmOutput: {} }, undefined, undefined, undefined, {
    cached: true,
  });
}
