import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { approximateTokenCounter } from "@langthrift/core";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type HistorySummary, isHistorySummary } from "../engine/history-summary.ts";
import { createHistorySummarizer, type HistoryCall } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import { recallTool } from "../recall/recall-tool.ts";
import type { SummaryStore } from "../stores/summary-store.ts";
import { describeModel } from "../summarizers/model-summarizer.ts";
import { MainModels } from "./main-models.ts";

/** Options of {@link historySummarizerMiddleware}. */
export interface HistorySummarizerMiddlewareOptions extends HistorySummarizerOptions {
  /**
   * Gives the agent `recall_history`, a search over the originals. Its schema is in every request from the first on, before the messages
   * in the cached prefix. @default false
   */
  readonly recallTool?: boolean | { readonly hits?: number; readonly maxTokens?: number };
}

/** What the checkpoint holds. Its leading underscore keeps it out of the caller's result. */
interface PrivateState {
  readonly summary?: HistorySummary | undefined;
  readonly lastCallAt?: number | undefined;
}

const stateSchema = z.object({ _historySummary: z.unknown().optional() });

/**
 * Shortens what the model of an agent is sent. The messages in the state stay as they are; the summary is a private key beside them, and
 * so in the checkpoint. List it before `anthropicPromptCachingMiddleware` and other middleware that mark or edit the messages sent.
 *
 * Background mode needs `store`: nothing can write an agent's state after the run.
 *
 * @throws {InvalidOptionError} when an option cannot work.
 */
export function historySummarizerMiddleware(options: HistorySummarizerMiddlewareOptions = {}): AgentMiddleware {
  const { recallTool: recall = false, ...rest } = options;
  const summarizer = createHistorySummarizer(rest);
  const inState = options.store === undefined;
  const clock = options.clock ?? { now: () => Date.now() };
  // Only `wrapModelCall` sees the system prompt, the tools and the model; they hardly change from call to call.
  let learned: Pick<HistoryCall, "overheadTokens" | "model" | "contextTokens"> = {};
  // By thread: a system prompt may hold what only its own user may see.
  const mains = options.payback !== false && options.payback?.reusePrefix === true ? new MainModels() : undefined;

  const threadOf = ({ configurable }: RuntimeLike): string | undefined => {
    const thread = configurable?.["thread_id"];
    return typeof thread === "string" && thread !== "" ? thread : undefined;
  };
  // Without a thread nobody can say whose history it is: its summary stays in the state of the run, and nothing is shared.
  const keptInState = (runtime: RuntimeLike) => inState || threadOf(runtime) === undefined;

  function callOf(state: Record<string, unknown>, runtime: RuntimeLike, extra: Partial<HistoryCall> = {}): HistoryCall {
    const { lastCallAt } = readState(state);
    const thread = threadOf(runtime);
    const askMain = thread === undefined ? undefined : mains?.of(thread);
    return {
      session: thread ?? `no-thread:${randomUUID()}`,
      ...(askMain && { askMain }),
      messages: (state["messages"] ?? []) as readonly BaseMessage[],
      ...learned,
      ...(lastCallAt !== undefined && { lastCallAt }),
      ...(runtime.signal && { signal: runtime.signal }),
      ...extra,
    };
  }

  const middleware = createMiddleware({
    name: "HistorySummarizerMiddleware",
    stateSchema,
    ...(recall !== false && {
      tools: [recallTool({ messages: (config) => messagesOf(config), ...(typeof recall === "object" && recall) })],
    }),
    beforeModel: async (state, runtime) => {
      const before = readState(state as Record<string, unknown>);
      let { summary } = before;
      const own = keptInState(runtime as RuntimeLike);
      if (summarizer.mode === "inline" || own) {
        const store = own ? stateStore(summary) : undefined;
        const { summary: refreshed } = await summarizer.refresh(
          callOf(state as Record<string, unknown>, runtime as RuntimeLike, { store }),
        );
        summary = refreshed;
      }
      return { _historySummary: { ...(own && summary && { summary }), lastCallAt: clock.now() } };
    },
    wrapModelCall: async (request, handler) => {
      const { model, contextTokens } = describeModel(request.model);
      const overheadTokens = overheadOf(request);
      learned = { overheadTokens, ...(model !== undefined && { model }), ...(contextTokens !== undefined && { contextTokens }) };
      const thread = threadOf(request.runtime as RuntimeLike);
      if (thread !== undefined) mains?.keep(thread, request);
      const state = request.state as Record<string, unknown>;
      // The time of this call stands in the state already; the engine remembers the one before.
      const call: HistoryCall = { ...callOf(state, request.runtime as RuntimeLike), messages: request.messages, lastCallAt: undefined };
      const summary = keptInState(request.runtime as RuntimeLike) ? readState(state).summary : await summarizer.load(call.session);
      const shown = await summarizer.show(call, summary);
      return handler({ ...request, messages: shown.messages });
    },
    afterAgent: (state, runtime) => {
      if (summarizer.mode === "background" && !keptInState(runtime as RuntimeLike))
        summarizer.refreshLater(callOf(state as Record<string, unknown>, runtime as RuntimeLike));
    },
  });
  return middleware as unknown as AgentMiddleware;
}

interface RuntimeLike {
  readonly configurable?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

function readState(state: Record<string, unknown>): PrivateState {
  const { summary, lastCallAt } = (state["_historySummary"] ?? {}) as Record<string, unknown>;
  return {
    ...(isHistorySummary(summary) && { summary }),
    ...(typeof lastCallAt === "number" && { lastCallAt }),
  };
}

/** The state of one run as a store: what is set is returned to the graph, which writes it. */
function stateStore(summary: HistorySummary | undefined): SummaryStore {
  return {
    atomic: false,
    load: () => Promise.resolve(summary),
    compareAndSet: () => Promise.resolve(true),
    delete: () => Promise.resolve(),
  };
}

function overheadOf(request: {
  readonly systemMessage?: unknown;
  readonly systemPrompt?: unknown;
  readonly tools?: readonly unknown[];
}): number {
  const { systemMessage, tools = [] } = request;
  let text = systemMessage instanceof Object && "text" in systemMessage ? String((systemMessage as { text: unknown }).text) : "";
  for (const tool of tools) {
    const { name, description, schema } = tool as Record<string, unknown>;
    text += [name, description].filter((part) => typeof part === "string").join("") + schemaText(schema ?? tool);
  }
  return approximateTokenCounter.count(text);
}

/** A tool's schema, Zod or JSON, as the text that is sent. */
function schemaText(schema: unknown): string {
  try {
    return JSON.stringify(toJsonSchema(schema as Parameters<typeof toJsonSchema>[0])) ?? "";
  } catch {
    return "";
  }
}

/** The history of the run that called the tool. */
function messagesOf(config: unknown): readonly BaseMessage[] {
  const { state, configurable } = (config ?? {}) as { state?: { messages?: unknown }; configurable?: Record<string, unknown> };
  const messages =
    state?.messages ??
    (configurable?.["__pregel_scratchpad"] as { currentTaskInput?: { messages?: unknown } } | undefined)?.currentTaskInput?.messages;
  const list = Array.isArray(messages) ? (messages as BaseMessage[]) : [];
  // The last message is the very call of this tool.
  return AIMessage.isInstance(list.at(-1)) ? list.slice(0, -1) : list;
}
