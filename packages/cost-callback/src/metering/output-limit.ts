import { recordOf } from "../unknown-record.ts";

/**
 * The most output tokens that a call allows itself, from what an integration sends (`invocation_params`) or says of itself (`ls_max_tokens`);
 * `undefined` where there is no such limit.
 */
export function outputLimit(invocation: unknown, asked: unknown): number | undefined {
  const sent = recordOf(invocation);
  const config = recordOf(sent?.["generationConfig"]) ?? recordOf(sent?.["inferenceConfig"]);
  const limits = [
    sent?.["max_completion_tokens"],
    sent?.["max_output_tokens"],
    sent?.["max_tokens"],
    sent?.["maxOutputTokens"],
    config?.["maxOutputTokens"],
    config?.["maxTokens"],
    recordOf(asked)?.["ls_max_tokens"],
  ];
  return limits.find((limit): limit is number => typeof limit === "number" && limit > 0);
}
