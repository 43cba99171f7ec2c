import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { type FailureLog, stableHash } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor } from "../compressor.ts";
import type { Segment } from "../segment.ts";
import { identityOf } from "./identity.ts";
import { type CompressionMemo, type MemoEntry, memoryMemo } from "./compression-memo.ts";
import { humanSegments, questionIn } from "./message-segments.ts";
import { RETRIEVE_TOOL_NAME } from "./retrieve-original-tool.ts";
import { hasCacheControl, textsOf, withTexts } from "./message-text.ts";

/** Which messages are compressed. */
export interface ScopeOptions {
  /**
   * `live`: only messages after the last answer are compressed, and older ones keep the form in which they were sent; `all`: every message of the roles.
   * The system prompt and all up to the last `cache_control` are never touched. @default "live"
   */
  readonly scope?: "live" | "all";
  /** @default ["human", "tool"] */
  readonly roles?: readonly ("human" | "tool")[];
}

/** Options of {@link compressMessages}. */
export interface CompressMessagesOptions extends CompressOptions, ScopeOptions {
  /**
   * Where sent forms are remembered; one for each compressor. Forms made with a guard's `check` or a `tokenCounter` of your own are found again with the
   * same function or object only. @default one in the process for each compressor
   */
  readonly memo?: CompressionMemo;
  /** Told of failures; they are survived. */
  readonly failures?: Pick<FailureLog, "note">;
}

/** What became of one message. */
export interface MessageCompression {
  /** Index in `messages`. */
  readonly index: number;
  readonly savedTokens: number;
  /** It stands after the last answer, so nothing of it was sent before. */
  readonly live: boolean;
  /** Absent where the form was remembered. */
  readonly result?: CompressResult;
}

/** The messages to send, and what that saves. */
export interface CompressedMessages {
  /** A new array; messages that did not change are the given ones. */
  readonly messages: BaseMessage[];
  /** Tokens that this request has less. */
  readonly savedTokens: number;
  /** Of these, tokens of messages that were sent before and may be in the provider's cache. */
  readonly savedCachedTokens: number;
  /** One entry a changed message. */
  readonly changes: readonly MessageCompression[];
  readonly warnings: readonly string[];
}

const memos = new WeakMap<Compressor, CompressionMemo>();

/**
 * Shortens the messages of one model call. A message's form depends on nothing but its own text and the question of its own turn, so it is the
 * same in every later request, and the provider's prompt cache keeps working. Never rejects but for an aborted signal.
 */
export async function compressMessages(
  messages: readonly BaseMessage[],
  compressor: Compressor,
  options: CompressMessagesOptions = {},
): Promise<CompressedMessages> {
  const { scope = "live", roles = ["human", "tool"], memo = memoOf(compressor), failures, ...rest } = options;
  const lastAnswer = messages.findLastIndex((message) => AIMessage.isInstance(message));
  const lastBreakpoint = messages.findLastIndex(hasCacheControl);
  const shown = [...messages];
  const changes: MessageCompression[] = [];
  const warnings: string[] = [];

  for (let index = lastBreakpoint + 1; index < messages.length; index += 1) {
    const message = messages[index] as BaseMessage;
    if (!isCompressible(message, roles)) continue;
    const live = index > lastAnswer;
    const texts = textsOf(message);
    const shorter: string[] = [];
    let savedTokens = 0;
    let result: CompressResult | undefined;
    for (const text of texts) {
      const call = callFor(compressor, messages, index, text, rest);
      let entry = memo.get(call.key);
      if (!entry && (live || scope === "all")) {
        [entry, result] = await compressText(compressor, call, failures);
        warnings.push(...(result?.warnings ?? []));
        if (result?.skipped === "error") failures?.note("compressor-failed", new Error(result.warnings.at(-1)));
        // A fault may be gone at the next call, but these bytes have been sent.
        memo.set(call.key, entry);
      }
      shorter.push(entry?.text ?? text);
      savedTokens += entry?.savedTokens ?? 0;
    }
    if (shorter.every((text, at) => text === texts[at])) continue;
    shown[index] = withTexts(message, shorter);
    changes.push({ index, savedTokens, live, ...(result && { result }) });
  }
  const saved = (wanted: (change: MessageCompression) => boolean): number =>
    changes.filter(wanted).reduce((sum, change) => sum + change.savedTokens, 0);
  return { messages: shown, savedTokens: saved(() => true), savedCachedTokens: saved(({ live }) => !live), changes, warnings };
}

interface TextCall {
  readonly key: string;
  readonly input: readonly Segment[];
  readonly options: CompressOptions;
}

function callFor(
  compressor: Compressor,
  messages: readonly BaseMessage[],
  index: number,
  text: string,
  options: CompressOptions,
): TextCall {
  const isTool = ToolMessage.isInstance(messages[index]);
  const input = isTool ? [{ kind: "tool-output" as const, text }] : humanSegments(text);
  // The question of its own turn, which later turns do not change.
  const question = compressor.questionAware ? (options.question ?? questionOfTurn(messages, index)) : undefined;
  const { tokenCounter, signal: _signal, guard, preserve, question: _question, ...plain } = options;
  const guardKey = guard === undefined || guard === false ? (guard ?? null) : { ...guard, check: identityOf(guard.check) };
  const key = stableHash(
    text,
    isTool,
    compressor.name,
    compressor.version,
    plain,
    (preserve ?? []).map(String),
    guardKey,
    identityOf(tokenCounter),
    question ?? null,
  );
  const { question: _ignored, ...others } = options;
  return { key, input, options: question === undefined ? others : { ...others, question } };
}

/** The user's last words up to this message, or behind it in the same turn. */
function questionOfTurn(messages: readonly BaseMessage[], index: number): string | undefined {
  let last: string | undefined;
  let at = index;
  if (HumanMessage.isInstance(messages[index])) while (HumanMessage.isInstance(messages[at + 1])) at += 1;
  for (; at >= 0 && last === undefined; at -= 1) {
    const message = messages[at];
    if (HumanMessage.isInstance(message)) last = questionIn(textsOf(message).join("\n\n"));
  }
  return last;
}

async function compressText(
  compressor: Compressor,
  { input, options }: TextCall,
  failures: CompressMessagesOptions["failures"],
): Promise<[MemoEntry, CompressResult | undefined]> {
  let result: CompressResult;
  try {
    result = await compressor.compress(input, options);
  } catch (error) {
    // A compressor of the caller's own may throw; the request goes on as it was.
    if (options.signal?.aborted) throw error;
    failures?.note("compressor-failed", error);
    return [{ savedTokens: 0 }, undefined];
  }
  if (result.skipped !== undefined) return [{ savedTokens: 0 }, result];
  return [{ text: result.text, savedTokens: Math.max(0, result.stats.tokensIn - result.stats.tokensOut) }, result];
}

function isCompressible(message: BaseMessage, roles: readonly string[]): boolean {
  if (HumanMessage.isInstance(message)) return roles.includes("human");
  // What went wrong has to be read as it is, and so has what was asked for whole.
  return ToolMessage.isInstance(message) && roles.includes("tool") && message.status !== "error" && message.name !== RETRIEVE_TOOL_NAME;
}

function memoOf(compressor: Compressor): CompressionMemo {
  let memo = memos.get(compressor);
  if (!memo) memos.set(compressor, (memo = memoryMemo()));
  return memo;
}
