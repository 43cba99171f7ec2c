import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { approximateTokenCounter, createFailureLog, InvalidOptionError, type Logger, withTimeout } from "@langthrift/core";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { CompressOptions, Compressor } from "../compressor.ts";
import { checkCompressOptions, DEFAULT_TIMEOUT_MS } from "../engine/options.ts";
import type { OriginalStore } from "../originals/original-store.ts";
import { compressMessages, type ScopeOptions } from "./compress-messages.ts";
import { memoryMemo } from "./compression-memo.ts";
import { textsOf, withTexts } from "./message-text.ts";
import { RETRIEVE_TOOL_NAME, retrieveOriginalTool } from "./retrieve-original-tool.ts";
import { modelNameOf, reportSaving, type SavingsOptions } from "./savings.ts";

/** Options of {@link promptCompressionMiddleware}. */
export interface PromptCompressionMiddlewareOptions extends CompressOptions, ScopeOptions, SavingsOptions {
  /** What shortens the texts. */
  readonly compressor: Compressor;
  /**
   * `birth`: a tool's result is compressed once, when it arrives, and the state holds the short form. `view`: the state keeps the original and only the
   * model sees the short form; no `wrapToolCall` is set, so errors of tools are handled as without this middleware. @default "birth"
   */
  readonly toolOutputs?: "birth" | "view" | false;
  /** With any `wrapToolCall` a throwing tool ends the run; `message` makes the error message that the model gets without one. @default "message" */
  readonly onToolError?: "message" | "throw";
  /**
   * Where the whole result stays of a tool that was shortened at birth: in the message's `artifact`, which grows the checkpoint, or in a store, under the
   * id in `response_metadata.promptCompressor.originalId`. @default false
   */
  readonly keepOriginal?: "artifact" | OriginalStore | false;
  /** Gives the model a tool that reads a result whole from the store, and tells it the id below each shortened result. @default false */
  readonly retrieveTool?: boolean;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

/** What the checkpoint holds for messages that were compressed: their texts as sent, by message id. */
interface SentForms {
  readonly [messageId: string]: { readonly texts: readonly string[]; readonly savedTokens: number };
}

const MARK = "promptCompressor";
const stateSchema = z.object({ _promptCompression: z.unknown().optional() });

/**
 * Shortens what an agent's model reads, once for each text: each request begins with the whole request before, byte for byte. Only new text is
 * touched. List it behind the history summarizer, before tool retry and `anthropicPromptCachingMiddleware`.
 *
 * @throws {InvalidOptionError}
 */
export function promptCompressionMiddleware(options: PromptCompressionMiddlewareOptions): AgentMiddleware {
  const {
    compressor,
    scope = "live",
    roles = ["human", "tool"],
    toolOutputs = "birth",
    onToolError = "message",
    keepOriginal = false,
    retrieveTool = false,
  } = options;
  const {
    prices: _p,
    onEvent,
    clock,
    newId,
    logger,
    compressor: _compressor,
    toolOutputs: _t,
    onToolError: _o,
    keepOriginal: _k,
    retrieveTool: _r,
    ...compressOptions
  } = options;
  checkCompressOptions(options);
  if (typeof compressor?.compress !== "function")
    throw new InvalidOptionError("`compressor` is missing. Pass one, for example `new StopWordCompressor()`.");
  if (!["birth", "view", false].includes(toolOutputs))
    throw new InvalidOptionError(`\`toolOutputs\` is ${String(toolOutputs)}. Pass "birth", "view" or false.`);

  const store = keepOriginal === false || keepOriginal === "artifact" ? undefined : keepOriginal;
  if (store !== undefined && (typeof store.get !== "function" || typeof store.set !== "function"))
    throw new InvalidOptionError('`keepOriginal` is no store. Pass "artifact", false, or for example `memoryOriginalStore()`.');
  if (retrieveTool && (store === undefined || toolOutputs !== "birth"))
    throw new InvalidOptionError('`retrieveTool` needs a store in `keepOriginal`, and `toolOutputs: "birth"`.');

  const failures = createFailureLog({ strategy: "prompt-compressor", logger, onEvent, ...(clock && { clock }), ...(newId && { newId }) });
  const viewRoles = roles.filter((role) => role === "human" || toolOutputs === "view");
  // Runs without a checkpointer bring the whole conversation anew, without the forms of the last run.
  const memo = memoryMemo();
  const timing = new WeakMap<object, number>();

  async function shortenToolResult(
    message: ToolMessage,
    messages: readonly BaseMessage[],
    signal: AbortSignal | undefined,
  ): Promise<ToolMessage> {
    // The result follows the call in the conversation; with it the engine finds the question of the turn.
    const { messages: shown, changes } = await compressMessages([...messages, message], compressor, {
      ...compressOptions,
      roles: ["tool"],
      memo,
      failures,
      ...(signal && { signal }),
    });
    const change = changes.find(({ index }) => index === messages.length);
    if (!change) return message;
    const original = textsOf(message).join("\n\n");
    const texts = textsOf(shown.at(-1) as BaseMessage);
    let { savedTokens } = change;
    // Not the id of the call: those repeat between conversations, and whoever knows an id may read the text.
    const originalId = store && (newId ?? randomUUID)();
    if (store && originalId !== undefined) {
      if (retrieveTool) {
        const hint = `\n[shortened; whole: ${RETRIEVE_TOOL_NAME} "${originalId}"]`;
        savedTokens -= approximateTokenCounter.count(hint);
        if (savedTokens <= 0) return message;
        texts.push(`${texts.pop() ?? ""}${hint}`);
      }
      await withTimeout("keepOriginal", options.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => store.set(originalId, original), signal);
    }
    const mark = { [MARK]: { savedTokens, compressor: compressor.name, ...(originalId !== undefined && { originalId }) } };
    // Only what a constructor was given gets into a checkpoint, so the artifact has to be among it.
    return withTexts(message, texts, mark, keepOriginal === "artifact" ? { original } : undefined) as ToolMessage;
  }

  const wrapToolCall: NonNullable<AgentMiddleware["wrapToolCall"]> = async (request, handler) => {
    const { toolCall, state, runtime } = request;
    const signal = (runtime as { signal?: AbortSignal }).signal;
    let result: Awaited<ReturnType<typeof handler>>;
    try {
      result = await handler(request);
    } catch (error) {
      if (onToolError === "throw" || mustRise(error, signal)) throw error;
      const content = `${String(error)}\n Please fix your mistakes.`;
      return new ToolMessage({ content, tool_call_id: toolCall.id ?? "", name: toolCall.name, status: "error" });
    }
    // What was asked for whole stays whole.
    if (toolCall.name === RETRIEVE_TOOL_NAME) return result;
    try {
      const messages = ((state as { messages?: BaseMessage[] }).messages ?? []).slice();
      if (ToolMessage.isInstance(result)) return await shortenToolResult(result, messages, signal);
      const update = (result as { update?: { messages?: unknown } }).update;
      if (update && !Array.isArray(update) && Array.isArray(update.messages)) {
        update.messages = await Promise.all(
          (update.messages as unknown[]).map((message) =>
            ToolMessage.isInstance(message) ? shortenToolResult(message, messages, signal) : message,
          ),
        );
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      failures.note("tool-result", error);
    }
    return result;
  };

  const middleware = createMiddleware({
    name: "PromptCompressionMiddleware",
    stateSchema,
    ...(store && retrieveTool && { tools: [retrieveOriginalTool({ store })] }),
    beforeModel: async (state, runtime) => {
      if (viewRoles.length === 0) return undefined;
      const startedAt = performance.now();
      const { messages = [], _promptCompression } = state as { messages?: BaseMessage[]; _promptCompression?: unknown };
      const known = readForms(_promptCompression);
      const signal = (runtime as { signal?: AbortSignal }).signal;
      const { changes, messages: shown } = await compressMessages(messages, compressor, {
        ...compressOptions,
        scope,
        roles: viewRoles,
        memo,
        failures,
        ...(signal && { signal }),
      });
      const added: Record<string, SentForms[string]> = {};
      for (const { index, savedTokens } of changes) {
        const id = messages[index]?.id;
        // The first form is the one that was sent, whatever the process has learned since.
        if (id !== undefined && known[id] === undefined) added[id] = { texts: textsOf(shown[index] as BaseMessage), savedTokens };
      }
      const lastAnswer = messages.findLastIndex((message) => AIMessage.isInstance(message));
      for (const message of messages.slice(lastAnswer + 1)) {
        // Seen and left alone: it stays so, even if another process would decide otherwise.
        if (message.id !== undefined && known[message.id] === undefined && added[message.id] === undefined && isOf(message, viewRoles)) {
          added[message.id] = { texts: [], savedTokens: 0 };
        }
      }
      const forms = { ...known, ...added };
      timing.set(forms, performance.now() - startedAt);
      return { _promptCompression: forms };
    },
    wrapModelCall: async (request, handler) => {
      const startedAt = performance.now();
      const forms = readForms((request.state as Record<string, unknown>)["_promptCompression"]);
      const messages = request.messages as BaseMessage[];
      const lastAnswer = messages.findLastIndex((message) => AIMessage.isInstance(message));
      let [savedTokens, savedCachedTokens, changedMessages] = [0, 0, 0];
      const shown = messages.map((message, index) => {
        const form = message.id === undefined || !isOf(message, viewRoles) ? undefined : forms[message.id];
        const saved = form?.savedTokens ?? savedAtBirth(message);
        if (saved > 0) {
          changedMessages += 1;
          savedTokens += saved;
          if (index <= lastAnswer) savedCachedTokens += saved;
        }
        return form && form.texts.length > 0 ? withTexts(message, form.texts) : message;
      });
      const model = options.model ?? modelNameOf(request.model);
      const latencyMs = performance.now() - startedAt + (timing.get(forms) ?? 0);
      await reportSaving({ savedTokens, savedCachedTokens, compressor: compressor.name, changedMessages, model, latencyMs }, options, {});
      return handler({ ...request, messages: shown });
    },
  });
  // Without the hook the agent answers a tool's error itself, so it must not be there when it is not needed.
  if (toolOutputs === "birth" && roles.includes("tool")) Object.assign(middleware, { wrapToolCall });
  return middleware as unknown as AgentMiddleware;
}

function readForms(value: unknown): SentForms {
  return typeof value === "object" && value !== null ? (value as SentForms) : {};
}

function isOf(message: BaseMessage, roles: readonly string[]): boolean {
  return (HumanMessage.isInstance(message) && roles.includes("human")) || (ToolMessage.isInstance(message) && roles.includes("tool"));
}

/** Interrupts and aborts are no errors of the tool. */
function mustRise(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted) return true;
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    // GraphInterrupt, NodeInterrupt, ParentCommand: by flag and not by class, because two copies of langgraph may meet.
    if ((at as { is_bubble_up?: boolean }).is_bubble_up === true || at.name === "AbortError") return true;
    // Bad arguments are answered by the agent itself.
    if ((at as { "~brand"?: unknown })["~brand"] === "ToolInvocationError") return true;
  }
  return false;
}

function savedAtBirth(message: BaseMessage): number {
  const mark = (message.response_metadata as Record<string, unknown> | undefined)?.[MARK] as { savedTokens?: unknown } | undefined;
  return ToolMessage.isInstance(message) && typeof mark?.savedTokens === "number" ? mark.savedTokens : 0;
}
