import type { RoutingDecision } from "@langthrift/core";
import { isBaseMessage, type BaseMessage } from "@langchain/core/messages";

/**
 * A copy of the message (same class, same id) that carries the decision in `response_metadata.router`. The original may be an object that a
 * cache holds on to, so it is never written to; whatever router mark it carried is replaced.
 */
export function stampDecision<T>(message: T, decision: RoutingDecision): T {
  if (!isBaseMessage(message)) return message;
  const copy = Object.create(Object.getPrototypeOf(message) as object, Object.getOwnPropertyDescriptors(message)) as BaseMessage;
  copy.response_metadata = { ...message.response_metadata, router: decision };
  // Serialisation reads the keys of `lc_kwargs`.
  copy.lc_kwargs = { ...(message.lc_kwargs as Record<string, unknown>), response_metadata: copy.response_metadata };
  return copy as T;
}
