import { type DynamicTool, tool } from "@langchain/core/tools";
import { InvalidOptionError, withTimeout } from "@langthrift/core";
import type { OriginalStore } from "../originals/original-store.ts";

export const RETRIEVE_TOOL_NAME = "retrieve_original";

/** Options of {@link retrieveOriginalTool}. */
export interface RetrieveOriginalToolOptions {
  /** Where the middleware keeps the originals: its `keepOriginal`. */
  readonly store: OriginalStore;
  /** Longest part of a text that one call gives, in characters; the next begins at `offset`. @default 20_000 */
  readonly maxCharacters?: number;
  /** Calls since the user's last message, so that a model cannot go round in circles. Counted where the agent's state is at hand. @default 3 */
  readonly maxRetrievals?: number;
  /** Time for the store, in ms. @default 2_000 */
  readonly timeoutMs?: number;
}

const schema = {
  type: "object",
  properties: {
    id: { type: "string", description: "The id that stands beside the shortened result." },
    offset: { type: "integer", minimum: 0, description: "Where to begin in a long text, in characters. 0 by default." },
  },
  required: ["id"],
} as const;

/**
 * A tool with which an agent reads a result whole that was shortened. The middleware adds it by itself with `retrieveTool: true`. Never throws: an
 * unknown id, a store that fails or is too slow, and too many calls are answered in words.
 *
 * @throws {InvalidOptionError} at construction
 */
export function retrieveOriginalTool({
  store,
  maxCharacters = 20_000,
  maxRetrievals = 3,
  timeoutMs = 2_000,
}: RetrieveOriginalToolOptions): DynamicTool {
  if (typeof store?.get !== "function") throw new InvalidOptionError("`store` is missing. Pass one, for example `memoryOriginalStore()`.");
  if (!(maxCharacters >= 1)) throw new InvalidOptionError(`\`maxCharacters\` is ${maxCharacters}. Pass characters, at least 1.`);
  if (!(maxRetrievals >= 1)) throw new InvalidOptionError(`\`maxRetrievals\` is ${maxRetrievals}. Pass a number of calls, at least 1.`);

  return tool(
    async (input: unknown, config: unknown): Promise<string> => {
      const { id, offset } = readInput(input);
      if (retrievalsIn(config) >= maxRetrievals)
        return `No more than ${maxRetrievals} results can be read whole. Go on with what you have.`;
      try {
        const text = await withTimeout("retrieveOriginal", timeoutMs, () => store.get(id));
        if (text === undefined)
          return `There is no text under the id "${id.slice(0, 40)}". Call the tool that gave it again, if it is needed.`;
        const part = text.slice(offset, offset + maxCharacters);
        const end = offset + part.length;
        if (part === "") return `The text has ${text.length} characters; there are none from ${offset} on.`;
        return end < text.length ? `${part}\n[${text.length - end} characters more, from offset ${end}]` : part;
      } catch {
        return "The text cannot be read now. Go on without it.";
      }
    },
    { name: RETRIEVE_TOOL_NAME, description: "Gives the whole text of a tool's result that was shortened, by the id beside it.", schema },
  ) as unknown as DynamicTool;
}

function readInput(input: unknown): { id: string; offset: number } {
  const { id, offset } = (typeof input === "string" ? { id: input } : (input ?? {})) as { id?: unknown; offset?: unknown };
  return {
    id: typeof id === "string" ? id : "",
    offset: typeof offset === "number" && offset > 0 ? Math.floor(offset) : 0,
  };
}

/** Answers of the tool behind the user's last message, in the state that LangGraph hands to a tool. */
function retrievalsIn(config: unknown): number {
  const messages = (config as { state?: { messages?: unknown } } | undefined)?.state?.messages;
  if (!Array.isArray(messages)) return 0;
  let count = 0;
  for (const message of [...(messages as { type?: unknown; name?: unknown }[])].reverse()) {
    if (message.type === "human") break;
    if (message.type === "tool" && message.name === RETRIEVE_TOOL_NAME) count += 1;
  }
  return count;
}
