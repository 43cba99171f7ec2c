import { canonicalJson, type JsonValue, toJsonValue } from "@langthrift/core";
import type { CachedResponse } from "../cached-response.ts";

export function toResponse(response: CachedResponse | string): CachedResponse {
  return typeof response === "string" ? { text: response } : response;
}

/** `null` for what JSON would change. */
export function jsonResponse(value: unknown): CachedResponse | null {
  const plain: JsonValue = toJsonValue(value);
  try {
    if (canonicalJson(plain) !== canonicalJson(value)) return null;
  } catch {
    return null;
  }
  return { text: typeof plain === "string" ? plain : canonicalJson(plain), value: plain };
}

export function withLatency(response: CachedResponse | null, latencyMs: number): CachedResponse | null {
  return response && { latencyMs, ...response };
}
