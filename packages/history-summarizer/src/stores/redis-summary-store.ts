import { type HistorySummary, isHistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "./summary-store.ts";

/** What is used of a client; node-redis 4, 5 and 6 and clusters fit. */
export interface RedisSummaryClient {
  get(key: string): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

/** Options of {@link redisSummaryStore}. */
export interface RedisSummaryStoreOptions {
  /** @default "langthrift:history" */
  readonly prefix?: string;
  /** Forget a session after this time without a new summary, in ms. @default never */
  readonly ttlMs?: number;
}

// Redis runs a script alone, so reading the version and writing are one step. "" stands for "nothing is stored".
// What is stored but is no summary counts as nothing: it must not block the session for ever.
export const COMPARE_AND_SET: string = `
local stored = redis.call('GET', KEYS[1])
local version = ''
if stored then
  local ok, summary = pcall(cjson.decode, stored)
  if ok and type(summary) == 'table' and type(summary.version) == 'number' then version = string.format('%.0f', summary.version) end
end
if version ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/** Summaries in Redis, one key a session; written once for each version whatever the number of processes. */
export function redisSummaryStore(
  client: RedisSummaryClient,
  { prefix = "langthrift:history", ttlMs }: RedisSummaryStoreOptions = {},
): SummaryStore {
  // The braces keep all of a session on one node of a cluster.
  const key = (session: string) => `{${prefix}:${session}}`;
  return {
    atomic: true,
    async load(session) {
      const stored = await client.get(key(session));
      return stored === null || stored === undefined ? undefined : parseSummary(stored);
    },
    async compareAndSet(session, expected, next) {
      const set = await client.eval(COMPARE_AND_SET, {
        keys: [key(session)],
        arguments: [
          expected === undefined ? "" : String(expected),
          JSON.stringify(next),
          ttlMs === undefined ? "" : String(Math.round(ttlMs)),
        ],
      });
      return Number(set) === 1;
    },
    async delete(session) {
      await client.del(key(session));
    },
  };
}

function parseSummary(stored: unknown): HistorySummary | undefined {
  try {
    const value: unknown = JSON.parse(String(stored));
    return isHistorySummary(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
