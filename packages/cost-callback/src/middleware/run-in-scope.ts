import { getContextVariable, registerConfigureHook, setContextVariable } from "@langchain/core/context";
import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import { ModelCallScope } from "./model-call-scope.ts";

/** A scope for one pass, inside the one that is already open for the same ledger. */
export function openScope(costs: CostCallbackHandler): ModelCallScope {
  const name = scopeName(costs);
  const outer = getContextVariable<ModelCallScope>(name);
  return new ModelCallScope(name, outer instanceof ModelCallScope ? outer : undefined);
}

/**
 * Runs something so that every model below it calls ledger and scope, whatever callbacks it is given: by LangChain's configure hooks, which
 * last as long as this asynchronous context.
 */
export function runInScope<T>(costs: CostCallbackHandler, scope: ModelCallScope, run: () => Promise<T>): Promise<T> {
  const provider = AsyncLocalStorageProviderSingleton;
  const storage = provider.getInstance();
  const config = surroundingConfig();
  // Setting a variable changes the context from there on; a context of its own keeps that in here.
  return storage.run(storage.getStore() as never, () => {
    try {
      for (const handler of [costs, scope]) {
        if (getContextVariable(handler.name) === undefined) registerConfigureHook({ contextVar: handler.name });
        setContextVariable(handler.name, handler);
      }
    } catch (error) {
      costs.recorder.failures.note("scope", error);
    }
    // The new context must still say what runs.
    return config ? (provider.runWithConfig(config, run) as Promise<T>) : run();
  });
}

/** What the agent's step runs with: its callbacks, tags and metadata. */
export function surroundingConfig(): RunnableConfig | undefined {
  return AsyncLocalStorageProviderSingleton.getRunnableConfig() as RunnableConfig | undefined;
}

function scopeName({ name }: CostCallbackHandler): string {
  return `${name}:scope`;
}
