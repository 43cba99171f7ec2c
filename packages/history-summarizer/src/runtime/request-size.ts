import type { BaseMessage } from "@langchain/core/messages";
import type { HistoryCall } from "../history-summarizer.ts";
import type { SessionState } from "./session-state.ts";

/** How a request is measured. */
export interface RequestSize {
  /** Tokens sent beside the messages. */
  readonly overhead: number;
  /** True tokens for an estimated one. */
  readonly scale: number;
}

/**
 * Tokens beside the messages, and the true tokens for an estimated one: the provider's own count of the last request is compared with
 * what was estimated for it. Where the overhead is unknown, the difference is the overhead.
 */
export function requestSize(call: HistoryCall, state: SessionState): RequestSize {
  const { lastRequest } = state;
  const reported = lastRequest && inputTokensOf(call.messages[lastRequest.messages]);
  if (call.overheadTokens !== undefined) {
    const overhead = call.overheadTokens;
    if (reported !== undefined && lastRequest && lastRequest.tokens > overhead) {
      const scale = (Math.max(0, reported - overhead) / (lastRequest.tokens - overhead)) * state.scale;
      // A count far off is another request's.
      state.scale = Math.min(2, Math.max(0.5, scale));
      delete state.lastRequest;
    }
    return { overhead, scale: state.scale };
  }
  if (reported !== undefined && lastRequest) {
    state.overhead = Math.max(0, (state.overhead ?? 0) + reported - lastRequest.tokens);
    delete state.lastRequest;
  }
  return { overhead: state.overhead ?? 0, scale: 1 };
}

function inputTokensOf(message: BaseMessage | undefined): number | undefined {
  const usage = (message as { usage_metadata?: { input_tokens?: unknown } } | undefined)?.usage_metadata;
  const tokens = usage?.input_tokens;
  return typeof tokens === "number" && Number.isFinite(tokens) && tokens > 0 ? tokens : undefined;
}
