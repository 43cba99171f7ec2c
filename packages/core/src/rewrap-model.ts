import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type Runnable, RunnableBinding, RunnableMap, RunnableSequence } from "@langchain/core/runnables";

/** Whether a value is a LangChain chat model, of whichever copy of the library. */
export function isChatModel(value: unknown): value is BaseChatModel {
  return typeof value === "object" && value !== null && "_streamResponseChunks" in value && "_llmType" in value;
}

/**
 * Puts a wrapper around the chat model inside of what `bindTools`, `withConfig` or `withStructuredOutput` returned: the model itself, a
 * binding of it, or a sequence that begins with either. Returns what it cannot look into as it is.
 */
export function rewrapModel(runnable: Runnable, wrap: (model: BaseChatModel) => BaseChatModel): Runnable {
  if (isChatModel(runnable)) return wrap(runnable) as unknown as Runnable;
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound, kwargs, config, configFactories, name } = runnable as RunnableBinding<unknown, unknown>;
    const wrapped = rewrapModel(bound as Runnable, wrap);
    return new RunnableBinding({
      bound: wrapped,
      kwargs: kwargs ?? {},
      config,
      ...(configFactories && { configFactories }),
      ...(name && { name }),
    } as never);
  }
  if (RunnableSequence.isRunnableSequence(runnable)) {
    const [first, ...rest] = runnable.steps;
    const last = rest.pop();
    if (!first || !last) return runnable;
    const { name, omitSequenceTags } = runnable as unknown as { name?: string; omitSequenceTags?: boolean };
    return new RunnableSequence({
      first: rewrapModel(first, wrap),
      middle: rest,
      last,
      ...(name !== undefined && { name }),
      ...(omitSequenceTags !== undefined && { omitSequenceTags }),
    });
  }
  if (runnable instanceof RunnableMap) {
    const steps = (runnable as unknown as { steps: Record<string, Runnable> }).steps;
    return RunnableMap.from(
      Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, rewrapModel(step, wrap)])) as never,
    ) as Runnable;
  }
  return runnable;
}
