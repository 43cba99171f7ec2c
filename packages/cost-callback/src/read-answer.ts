import type { LLMResult } from "@langchain/core/outputs";
import type { PriceBook, RunModel, Usage } from "@langthrift/core";
import { answerText, firstMessage, reportedUsage, streamedSearches, thoughtsFromTotal } from "./call-usage.ts";
import type { EstimateReason } from "./estimate-reason.ts";
import { lostDetails } from "./lost-details.ts";
import type { LlmState } from "./run-node.ts";
import { recordOf, textOf } from "./unknown-record.ts";

/** What an answer says of the tokens it took, and what is known to be missing in that; or the texts to count, where it says nothing. */
export type AnswerReading =
  | { readonly usage: Usage; readonly reasons: readonly EstimateReason[] }
  | { readonly usage: null; readonly texts: readonly string[] };

/** @param at When the call was made, ms since epoch: prices tell which missing details matter. */
export function readAnswer(result: LLMResult, state: LlmState, model: RunModel, prices: PriceBook, at: number): AnswerReading {
  const message = firstMessage(result);
  const usage = reportedUsage(result, state, model.provider);
  if (!usage) {
    const texts = (result.generations?.[0] ?? []).map((generation) => {
      const own = recordOf(generation)?.["message"] as typeof message;
      return own ? answerText(own) : (textOf(recordOf(generation)?.["text"]) ?? "");
    });
    return { usage: null, texts };
  }
  const reasons: EstimateReason[] = [];
  if (message && thoughtsFromTotal(message)) reasons.push("thoughts-from-total");
  if (streamedSearches(message, state) > 0) reasons.push("server-tool-input-not-reported");
  return { usage, reasons: [...reasons, ...lostDetails({ state, model, message, usage, prices, at })] };
}
