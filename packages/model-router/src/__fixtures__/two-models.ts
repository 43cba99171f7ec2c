import { ChatOpenAI } from "@langchain/openai";
import type { ModelServer } from "@langthrift/model-server";
import type { Candidate } from "../candidate.ts";
import type { RoutingPolicy } from "../routing-policy.ts";

/** A real client of the local server. */
export function clientOf(server: ModelServer, model: string, fields: Record<string, unknown> = {}): ChatOpenAI {
  return new ChatOpenAI({ model, apiKey: "sk-secret", maxRetries: 0, configuration: { baseURL: server.url }, ...fields });
}

/** A cheap and a strong candidate with round prices: $1/$2 and $10/$20 a million. */
export function twoModels(server: ModelServer, fields: Record<string, unknown> = {}): Candidate[] {
  return [
    { name: "cheap", model: clientOf(server, "gpt-4o-mini", fields), price: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
    { name: "strong", model: clientOf(server, "gpt-4o", fields), price: { inputUsdPerMillion: 10, outputUsdPerMillion: 20 } },
  ];
}

/** A policy that picks by a word in the task: "hard" is strong. */
export const byWord: RoutingPolicy = {
  name: "by-word",
  decide: ({ task }) => ({ kind: "pick", model: task.includes("hard") ? "strong" : "cheap", reason: "word" }),
};
