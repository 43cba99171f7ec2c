import { initChatModel } from "langchain";
import type { Candidate } from "../candidate.ts";
import { isList } from "../is-list.ts";

/** A candidate whose model may be a name as `createAgent` takes it, e.g. `"openai:gpt-4o-mini"`. Give its `price` and `capabilities`. */
export interface StringCandidate extends Omit<Candidate, "model"> {
  readonly model: Candidate["model"] | string;
}

/**
 * Names become models here, at their first use: inside a request LangChain would test them for `"in"` and fail. They retry once, not LangChain's six
 * times, which would hold a request for seconds before another candidate may answer.
 */
export function loadCandidate({ model, ...rest }: StringCandidate): Candidate {
  if (typeof model !== "string") return { ...rest, model };
  return { ...rest, model: () => initChatModel(model, { maxRetries: 1 }) };
}

/** What is no list stays as it is: the router says so. */
export function loadCandidates(candidates: readonly StringCandidate[]): Candidate[] {
  return isList(candidates) ? candidates.map(loadCandidate) : [];
}
