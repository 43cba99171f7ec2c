import type { EntryRecord } from "../cached-response.ts";
import type { Guard } from "../guards/guard.ts";
import type { Engine } from "./engine.ts";

/** Name of the first guard that refuses the pair. */
export function firstRefusal(guards: readonly Guard[], a: string, b: string, similarity: number): string | null {
  for (const guard of guards) {
    if (guard.check(a, b, { similarity }) !== null) return guard.name;
  }
  return null;
}

export function isTooLong({ tokenCounter, maxQueryTokens }: Engine, question: string): boolean {
  // Hardly a text has more tokens than characters, so short ones need no count.
  return question.length > maxQueryTokens && tokenCounter.count(question) > maxQueryTokens;
}

export function isStale(record: EntryRecord, now: number): boolean {
  return record.freshUntil !== null && record.freshUntil <= now;
}
