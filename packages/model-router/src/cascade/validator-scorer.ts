import { interopSafeParse, isInteropZodSchema } from "@langchain/core/utils/types";
import type { Draft, QualityScorer } from "./quality-scorer.ts";

/** A zod schema for the draft's JSON, `"json"` for any JSON, a pattern for its text, or a function of the draft. */
export type Validator = "json" | RegExp | ((draft: Draft) => boolean | number | Promise<boolean | number>) | object;

/** Checks a draft against what a good answer must be: free, and the strongest evidence there is. 1 when it passes, 0 when not. */
export function validatorScorer(validator: Validator): QualityScorer {
  return {
    name: "validator",
    async score(draft) {
      if (typeof validator === "function") {
        const result = await (validator as (draft: Draft) => boolean | number | Promise<boolean | number>)(draft);
        return { score: typeof result === "number" ? result : Number(result) };
      }
      // `search` ignores the state that a global RegExp keeps between calls.
      if (validator instanceof RegExp) return { score: Number(draft.text.search(validator) >= 0) };
      const value = draft.parsed ?? readJson(draft.text);
      if (value === undefined) return { score: 0, evidence: { problem: "not JSON" } };
      if (validator === "json") return { score: 1 };
      if (!isInteropZodSchema(validator)) return null;
      const { success } = interopSafeParse(validator, value);
      return { score: Number(success), ...(!success && { evidence: { problem: "does not fit the schema" } }) };
    },
  };
}

/** JSON, also inside a code fence; `undefined` when there is none. */
function readJson(text: string): unknown {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/i.exec(text)?.[1];
  try {
    return JSON.parse(fenced ?? text) as unknown;
  } catch {
    return undefined;
  }
}
