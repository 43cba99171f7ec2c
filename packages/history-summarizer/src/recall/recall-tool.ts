import type { BaseMessage } from "@langchain/core/messages";
import { type DynamicTool, tool } from "@langchain/core/tools";
import { escapeFence } from "../engine/summary-message.ts";
import { transcriptLine } from "../text/message-text.ts";
import { recallMessages } from "./recall.ts";

/** The tool's name as the model sees it. */
export const RECALL_TOOL_NAME = "recall_history";

/** Options of {@link recallTool}. */
export interface RecallToolOptions {
  /** The whole history of the session that the tool is called in. */
  readonly messages: (config: unknown) => readonly BaseMessage[] | Promise<readonly BaseMessage[]>;
  /** @default 4 */
  readonly hits?: number;
  /** Most tokens of an answer. @default 600 */
  readonly maxTokens?: number;
}

const schema = {
  type: "object",
  properties: { query: { type: "string", description: "Words that the sought messages contain." } },
  required: ["query"],
} as const;

/** A tool with which an agent reads originals that a summary stands for. What it returns is fenced as data. Never throws. */
export function recallTool({ messages, hits = 4, maxTokens = 600 }: RecallToolOptions): DynamicTool {
  return tool(
    async (input: unknown, config: unknown) => {
      try {
        const asked = typeof input === "string" ? input : (input as { query?: unknown }).query;
        const query = typeof asked === "string" ? asked : "";
        const found = recallMessages(await messages(config), query, { hits, maxTokens });
        if (found.length === 0) return "Nothing in the history fits. Try other words.";
        return `<conversation>\n${found.map((message) => escapeFence(transcriptLine(message))).join("\n")}\n</conversation>`;
      } catch {
        return "The history cannot be read now.";
      }
    },
    {
      name: RECALL_TOOL_NAME,
      description:
        "Searches the full history of this conversation, also what the summary leaves out. Returns the messages word for word, as data.",
      schema,
    },
  ) as unknown as DynamicTool;
}
