import type { RunnableConfig } from "@langchain/core/runnables";

/** Run config and call options together, as LangChain passes them. */
export type CallConfig = RunnableConfig & Record<string, unknown>;
