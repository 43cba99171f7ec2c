/** What went wrong at a provider, as far as its error says. */
export type ProviderErrorKind =
  | "rate-limit"
  | "quota"
  | "server"
  | "timeout"
  | "network"
  | "context-overflow"
  | "content-policy"
  | "aborted"
  | "other";

export interface ProviderError {
  readonly kind: ProviderErrorKind;
  readonly status?: number;
  /** The provider's wait, from `retry-after` or `retry-after-ms`. */
  readonly retryAfterMs?: number;
}

const networkCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EPIPE", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_SOCKET"]);
const timeoutCodes = new Set([
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** Reads status, codes and headers of an error and of its causes; never throws. @param now ms since epoch, for a dated `retry-after`. */
export function readProviderError(error: unknown, now: number): ProviderError {
  const chain = causes(error);
  const status = first(
    chain,
    (part) => asStatus(part["status"]) ?? asStatus(part["statusCode"]) ?? asStatus(record(part["response"])?.["status"]),
  );
  const retryAfterMs = first(chain, (part) => retryAfter(part["headers"] ?? record(part["response"])?.["headers"], now));
  return {
    kind: kindOf(chain, status),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function kindOf(chain: readonly Record<string, unknown>[], status: number | undefined): ProviderErrorKind {
  const codes = chain.flatMap((part) => [part["code"], part["lc_error_code"], part["type"], record(part["error"])?.["code"], part["name"]]);
  const has = (test: (code: string) => boolean) => codes.some((code) => typeof code === "string" && test(code));
  const text = chain.map((part) => (typeof part["message"] === "string" ? part["message"].slice(0, 500) : "")).join("\n");
  if (has((code) => code === "insufficient_quota" || code === "billing_hard_limit_reached") || status === 402) return "quota";
  if (status === undefined || (status >= 400 && status < 500)) {
    if (
      has((code) => code === "context_length_exceeded" || code === "CONTEXT_OVERFLOW") ||
      /context (?:length|window)|prompt is too long|too many (?:input )?tokens/i.test(text)
    ) {
      return "context-overflow";
    }
    if (
      has((code) => code === "content_filter" || code === "content_policy_violation") ||
      /content (?:policy|filter|management)/i.test(text)
    )
      return "content-policy";
  }
  // Some providers answer an empty account with 400 or 403 (litellm #37592).
  if ((status === 400 || status === 403) && /quota|credit balance|billing|insufficient (?:funds|balance|credits)/i.test(text))
    return "quota";
  if (status === 429 || has((code) => code === "MODEL_RATE_LIMIT")) return "rate-limit";
  if (status === 408 || status === 504) return "timeout";
  if (status !== undefined && status >= 500) return "server";
  if (status === undefined) {
    if (has((code) => timeoutCodes.has(code) || /timeout/i.test(code)) || /timed? ?out/i.test(text)) return "timeout";
    if (
      has((code) => networkCodes.has(code) || /connectionerror/i.test(code)) ||
      /fetch failed|socket hang up|connection error|terminated|premature close/i.test(text)
    ) {
      return "network";
    }
    if (has((code) => code === "AbortError" || code === "ModelAbortError" || code === "APIUserAbortError")) return "aborted";
  }
  return "other";
}

/** The error, its causes and what aggregates hold. */
function causes(error: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.length < 20) {
    const part = record(queue.shift());
    if (!part || found.includes(part)) continue;
    found.push(part);
    queue.push(part["cause"], ...(Array.isArray(part["errors"]) ? (part["errors"] as unknown[]) : []));
  }
  return found;
}

function retryAfter(headers: unknown, now: number): number | undefined {
  const ms = Number(header(headers, "retry-after-ms"));
  if (Number.isFinite(ms) && ms > 0) return ms;
  const value = header(headers, "retry-after");
  if (value === undefined || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const at = Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, at - now) : undefined;
}

function header(headers: unknown, name: string): string | undefined {
  const get = (headers as { get?: unknown } | undefined)?.get;
  const value: unknown = typeof get === "function" ? get.call(headers, name) : record(headers)?.[name];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function first<T>(chain: readonly Record<string, unknown>[], read: (part: Record<string, unknown>) => T | undefined): T | undefined {
  for (const part of chain) {
    const value = read(part);
    if (value !== undefined) return value;
  }
  return undefined;
}

function asStatus(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value < 600 ? value : undefined;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
