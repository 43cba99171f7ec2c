import { InvalidOptionError } from "@langthrift/core";

/** An amount of conversation, in LangChain's shapes. In a trigger all given fields must hold (AND); `keep` takes exactly one. */
export interface Size {
  readonly tokens?: number;
  readonly messages?: number;
  /** Of the main model's context window, above 0, at most 1. */
  readonly fraction?: number;
}

const fields = ["tokens", "messages", "fraction"] as const;

/** @throws {InvalidOptionError} naming the option, the value and what to pass. */
export function validateSize(size: Size, option: string, { exactlyOne }: { readonly exactlyOne: boolean }): Size {
  const given = fields.filter((field) => size[field] !== undefined);
  if (given.length === 0 || (exactlyOne && given.length > 1)) {
    throw new InvalidOptionError(
      `\`${option}\` is ${JSON.stringify(size)}. Pass ${exactlyOne ? "exactly one" : "at least one"} of \`tokens\`, \`messages\`, \`fraction\`.`,
    );
  }
  for (const field of given) {
    const value = size[field] as number;
    const good =
      Number.isFinite(value) && value > 0 && (field !== "fraction" || value <= 1) && (field !== "messages" || Number.isInteger(value));
    if (!good) {
      throw new InvalidOptionError(
        `\`${option}.${field}\` is ${value}. Pass ${field === "fraction" ? "a number above 0 and at most 1" : "a whole number above 0"}.`,
      );
    }
  }
  return size;
}

/** Tokens that a fraction stands for; `undefined` while the context window is unknown. */
export function fractionTokens(fraction: number, contextTokens: number | undefined): number | undefined {
  return contextTokens === undefined ? undefined : Math.floor(fraction * contextTokens);
}

/** Whether one of the clauses holds (OR); inside a clause every field must (AND). A fraction of an unknown window never holds. */
export function triggered(
  clauses: readonly Size[],
  now: { readonly tokens: number; readonly messages: number },
  contextTokens?: number,
): boolean {
  return clauses.some(({ tokens, messages, fraction }) => {
    if (tokens !== undefined && now.tokens < tokens) return false;
    if (messages !== undefined && now.messages < messages) return false;
    if (fraction === undefined) return true;
    const limit = fractionTokens(fraction, contextTokens);
    return limit !== undefined && now.tokens >= limit;
  });
}
