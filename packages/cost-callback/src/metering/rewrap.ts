import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type Runnable, RunnableBinding, RunnableMap, RunnableSequence } from "@langchain/core/runnables";

/**
 * What `bindTools`, `withConfig` and `withStructuredOutput` of a model return, with the model inside of it wrapped: LangChain gives back a
 * new model, a binding, or a sequence that begins with one, and a wrapper around the old one would be lost.
 */
export function rewrap(runnable: Runnable, wrap: (model: BaseChatModel) => BaseChatModel): Runnable {
  if ("_llmType" in runnable && "_streamResponseChunks" in runnable) {
    return wrap(runnable as unknown as BaseChatModel);
  }
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound, kwargs, config, configFactories } = runnable as RunnableBinding<unknown, unknown>;
    return new RunnableBinding({
      bound: rewrap(bound as Runnable, wrap),
      kwargs: kwargs ?? {},
      config,
      ...(configFactories && { configFactories }),
    } as never);
  }
  if (RunnableSequence.isRunnableSequence(runnable)) {
    const [first, ...middle] = runnable.steps;
    const last = middle.pop();
    return first && last ? new RunnableSequence({ first: rewrap(first, wrap), middle, last }) : runnable;
  }
  if (runnable instanceof RunnableMap) {
    const { steps } = runnable as unknown as { steps: Record<string, Runnable> };
    const wrapped = Object.entries(steps).map(([name, step]) => [name, rewrap(step, wrap)] as const);
    return RunnableMap.from(Object.fromEntries(wrapped) as never);
  }
  return runnable;
}
