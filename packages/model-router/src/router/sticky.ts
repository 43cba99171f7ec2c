import { stableHash } from "@langthrift/core";
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { CandidateView } from "../routing-policy.ts";
import { type RouteContext, textOf } from "../route-context.ts";

/** Options of {@link sessionKey}. */
export interface StickyOptions {
  /** `"tool-loop"`: no change between the steps of one task. `"session"`: also over the turns of a conversation. @default "tool-loop" */
  readonly scope?: "tool-loop" | "session";
  /** Names the session. @default `configurable.thread_id`, else a hash of tenant, system prompt and first human message */
  readonly key?: (context: RouteContext) => string | undefined;
  /** How long a session's model is kept after its last use. @default 3_600_000 (one hour) */
  readonly ttlMs?: number;
  /** Never go to a cheaper model within a session. @default false: it goes where that pays, the lost prompt cache counted in */
  readonly upgradeOnly?: boolean;
}

/** The model that a tool loop began with, when the request is a step of one; a fallback's answer points back to the first choice. */
export function loopModel({ messages, previous }: RouteContext): string | undefined {
  if (!previous) return undefined;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const type = messages[index]?.type;
    if (type === "human") return undefined;
    if (type === "ai") break;
  }
  const [first] = previous.fallbackFrom ?? [];
  return first ?? previous.model;
}

/** Whether one tool call stands three times or more among the last six of the current model: it goes round in circles. */
export function isStalled({ messages, previous }: RouteContext): boolean {
  const seen = new Map<string, number>();
  let calls = 0;
  for (let index = messages.length - 1; index >= 0 && calls < 6; index -= 1) {
    const message = messages[index] as BaseMessage;
    if (message.type === "human") break;
    if (message.type !== "ai") continue;
    const mark = (message.response_metadata as { router?: { model?: unknown } } | undefined)?.router;
    if (previous && mark?.model !== previous.model) break;
    for (const { name, args } of (message as AIMessage).tool_calls ?? []) {
      calls += 1;
      const key = `${name} ${safeJson(args)}`;
      const count = (seen.get(key) ?? 0) + 1;
      if (count >= 3) return true;
      seen.set(key, count);
      if (calls >= 6) break;
    }
  }
  return false;
}

/** The key of a session; the tenant is part of it, so that no pin crosses tenants. */
export function sessionKey(context: RouteContext, key: StickyOptions["key"]): string | undefined {
  const configurable = (context.config?.configurable ?? {}) as Record<string, unknown>;
  const tenant = tenantOf(context.config);
  const named = key ? key(context) : asText(configurable["thread_id"]);
  if (named !== undefined) return `session:${stableHash("named", tenant, named)}`;
  if (key) return undefined;
  const first = context.messages.find(({ type }) => type === "human");
  if (!first) return undefined;
  const system = context.messages.find(({ type }) => type === "system");
  return `session:${stableHash("opening", tenant, system ? textOf(system) : "", textOf(first))}`;
}

/** Whose request it is; "" when nobody says. */
export function tenantOf(config: RunnableConfig | undefined): string {
  return asText((config?.configurable as Record<string, unknown> | undefined)?.["tenant"]) ?? asText(config?.metadata?.["tenant"]) ?? "";
}

/** Providers cache prompts from here on. */
const CACHED_FROM_TOKENS = 1024;

/**
 * Does going from the current model to a cheaper one pay, when the current one holds the conversation in its prompt cache?
 * H(c·cached_a + f·in_a + o·out_a) > (c+f)·in_b + o·out_b + (H-1)(c·cached_b + f·in_b + o·out_b), with c tokens cached, f fresh, o output and
 * H calls to come. Unknown prices: it is taken to pay.
 */
export function switchPays(
  from: CandidateView,
  to: CandidateView,
  {
    cachedTokens,
    freshTokens,
    outputTokens,
    callsToCome = 1,
  }: { cachedTokens: number; freshTokens: number; outputTokens: number; callsToCome?: number },
): boolean {
  const cached = cachedTokens >= CACHED_FROM_TOKENS ? cachedTokens : 0;
  const warm = { inputTokens: cachedTokens + freshTokens, cacheReadTokens: cached, outputTokens };
  const stay = from.priceOf(warm);
  const cold = to.priceOf({ inputTokens: cachedTokens + freshTokens, outputTokens });
  const later = to.priceOf(warm);
  if (stay === null || cold === null || later === null) return true;
  return callsToCome * stay > cold + (callsToCome - 1) * later;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
