import { patchConfig, type RunnableConfig } from "@langchain/core/runnables";
import type { ModelCallOptions } from "./bindings.ts";
import type { CallCapture } from "./call-capture.ts";
import type { ForwardCall } from "./forwarding-chat-model.ts";

/** The config of a provider call: a child of the router's run, watched by the capture. */
export function childConfig({ config, runManager }: ForwardCall, capture: CallCapture): Partial<ModelCallOptions> {
  const child = runManager?.getChild();
  child?.addHandler(capture, true);
  return patchConfig(config as RunnableConfig, { callbacks: child ?? [capture] }) as Partial<ModelCallOptions>;
}
