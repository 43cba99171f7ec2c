/** Finds how much of a prompt a provider would have had in its cache. */
export interface PromptCache {
  /** Cached tokens of this prompt, which is remembered for the next ones. */
  look(model: string, tokens: readonly number[]): number;
  clear(): void;
}

const leastTokens = 1_024;
const stepTokens = 128;
const keptPerModel = 128;

/** @see https://platform.openai.com/docs/guides/prompt-caching (1,024 tokens or more, in steps of 128) */
export function createPromptCache(): PromptCache {
  const byModel = new Map<string, (readonly number[])[]>();

  return {
    look(model, tokens) {
      if (tokens.length < leastTokens) return 0;
      const earlier = byModel.get(model) ?? [];
      const shared = Math.max(0, ...earlier.map((known) => sharedStart(known, tokens)));
      byModel.set(model, [...earlier, tokens].slice(-keptPerModel));
      // The last token is always computed anew.
      const usable = Math.min(shared, tokens.length - 1);
      return usable < leastTokens ? 0 : usable - (usable % stepTokens);
    },
    clear() {
      byModel.clear();
    },
  };
}

function sharedStart(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < length && a[shared] === b[shared]) shared += 1;
  return shared;
}
