import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import type { ModelCallOptions } from "./bindings.ts";
import { PIN_KEY } from "../router/session-pins.ts";
import type { CallCapture } from "./call-capture.ts";
import type { ForwardCall } from "./forwarding-chat-model.ts";

/** The config of a provider call: a child of the router's run, watched by the capture. */
export function childConfig({ config, runManager }: ForwardCall, capture: CallCapture): Partial<ModelCallOptions> {
  const child = runManager?.getChild();
  const { [PIN_KEY]: pin, ...configurable } = (config.configurable ?? {}) as Record<string, unknown>;
  child?.addHandler(capture, true);
  // A pin is this router's; a router among the candidates keeps its own.
  const own = pin === undefined ? config : { ...config, configurable };
  return patchConfig(own as RunnableConfig, { callbacks: child ?? [capture] }) as Partial<ModelCallOptions>;
}
