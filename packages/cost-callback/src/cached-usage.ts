import type { BaseMessage } from "@langchain/core/messages";
import { normalizeUsage, rawUsageCounts, type Usage } from "@langthrift/core";

/**
 * What a cached answer had used when it was bought. LangChain zeroes `usage_metadata` on a hit; the provider's own counts stay in
 * `response_metadata`.
 */
export function cachedUsage(message: BaseMessage): Usage | null {
  return normalizeUsage(rawUsageCounts(message.response_metadata));
}
