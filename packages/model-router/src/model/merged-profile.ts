import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Candidate } from "../candidate.ts";
import { readProfile } from "../router/resolve-candidates.ts";

type Profile = BaseChatModel["profile"];

/**
 * What holds whichever candidate answers: a capability is true only where all have it, and false where one lacks it; a limit is the smallest
 * of the known ones, and absent where none is known.
 */
export function mergedProfile(candidates: readonly Pick<Candidate, "model" | "capabilities">[]): Profile {
  const profiles = candidates.map(profileOf);
  const merged: Record<string, boolean | number> = {};
  for (const key of new Set(profiles.flatMap((profile) => Object.keys(profile)))) {
    const values = profiles.map((profile) => (profile as Record<string, unknown>)[key]);
    const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
    if (numbers.length > 0) merged[key] = Math.min(...numbers);
    else if (values.every((value) => value === true)) merged[key] = true;
    else if (values.some((value) => value === false)) merged[key] = false;
  }
  return merged;
}

function profileOf({ model, capabilities = {} }: Pick<Candidate, "model" | "capabilities">): Profile {
  const profile: Record<string, unknown> = typeof model === "function" ? {} : { ...readProfile(model) };
  if (capabilities.tools !== undefined) profile["toolCalling"] = capabilities.tools;
  if (capabilities.structuredOutput !== undefined) profile["structuredOutput"] = capabilities.structuredOutput;
  if (capabilities.vision !== undefined) profile["imageInputs"] = capabilities.vision;
  if (capabilities.maxInputTokens !== undefined) profile["maxInputTokens"] = capabilities.maxInputTokens;
  return profile;
}
