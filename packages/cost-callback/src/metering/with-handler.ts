import type { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { CallbackManager, type Callbacks, ensureHandler } from "@langchain/core/callbacks/manager";

/** The callbacks with a handler in them once, whether it was there or not. */
export function withHandler(callbacks: Callbacks | undefined, handler: BaseCallbackHandler): Callbacks {
  if (callbacks === undefined) return [handler];
  if (Array.isArray(callbacks)) return callbacks.includes(handler) ? callbacks : [...callbacks.map(ensureHandler), handler];
  if (callbacks.handlers.includes(handler)) return callbacks;
  const copy = callbacks instanceof CallbackManager ? callbacks.copy() : (callbacks as CallbackManager).copy();
  copy.addHandler(handler, true);
  return copy;
}

/** The run under which a call will run, where there is one. */
export function parentRunId(callbacks: Callbacks | undefined): string | undefined {
  return callbacks === undefined || Array.isArray(callbacks) ? undefined : callbacks.getParentRunId?.();
}
