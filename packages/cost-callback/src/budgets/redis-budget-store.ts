import { InvalidOptionError, type NanoUsd } from "@langthrift/core";
import type { BudgetRef, BudgetState, BudgetStore } from "./budget-store.ts";
import { ROLLING_STEPS } from "./budget-window.ts";
import { budgetScript } from "./redis-budget-script.ts";
import { type IoRedisLike, type NodeRedisLike, runScript } from "./redis-client-like.ts";

/** Options of {@link redisBudgetStore}. */
export interface RedisBudgetStoreOptions {
  /** Begins every key. @default "langthrift:budget" */
  readonly prefix?: string;
}

const DAY_MS = 86_400_000;

/**
 * Budgets shared by all processes that use one Redis (single, Sentinel or Cluster; 6.2 or newer, also Valkey). One Lua script makes every
 * operation atomic; the clock is Redis'. The keys of a budget and window share one hash tag. They expire a day after their window, those
 * of `total` budgets never. What Redis itself loses in a crash is lost: for budgets that must not forget, run it with
 * `appendonly yes` and `appendfsync always`, and `maxmemory-policy noeviction`.
 *
 * @param client A connected client of `redis` (node-redis) or `ioredis`. It stays yours to close.
 * @throws {InvalidOptionError} when `prefix` has braces.
 */
export function redisBudgetStore(
  client: NodeRedisLike | IoRedisLike,
  { prefix = "langthrift:budget" }: RedisBudgetStoreOptions = {},
): BudgetStore {
  if (prefix.includes("{") || prefix.includes("}")) {
    throw new InvalidOptionError(`\`prefix\` is "${prefix}". Leave the braces out: the store sets the hash tag itself.`);
  }

  async function run(
    operation: "reserve" | "touch" | "settle" | "read",
    { budgetId, window, leaseId = "" }: BudgetRef & { readonly leaseId?: string },
    values: { amount?: number | null; floor?: number; limit?: number; leaseMs?: number } = {},
  ): Promise<readonly string[]> {
    // A brace in an id would end the hash tag early.
    const tag = `${prefix}:${encodeURIComponent(budgetId)}:${window.key}`;
    const keys = ["s", "l", "r", "d", "x"].map((name) => `{${tag}}:${name}`);
    const { amount = null, floor = 0, limit = 0, leaseMs = 60_000 } = values;
    const keepMs =
      window.stepMs > 0 ? window.stepMs * ROLLING_STEPS + leaseMs + DAY_MS : window.end === null ? null : keepUntil(window.end, leaseMs);
    const reply = await runScript(client, budgetScript, keys, [
      operation,
      leaseId,
      amount === null ? "-" : String(amount),
      String(floor),
      String(limit),
      String(leaseMs),
      String(window.stepMs),
      String(ROLLING_STEPS),
      String(window.start),
      window.end === null ? "-" : String(window.end),
      keepMs === null ? "-" : String(keepMs),
    ]);
    if (!Array.isArray(reply)) throw new TypeError(`The budget script answered ${typeof reply}, not a list.`);
    return reply.map(String);
  }

  return {
    async reserve(reservation) {
      const { amountNanoUsd, floorNanoUsd, limitNanoUsd, leaseMs } = reservation;
      const reply = await run("reserve", reservation, { amount: amountNanoUsd, floor: floorNanoUsd, limit: limitNanoUsd, leaseMs });
      if (reply[0] === "stale") return { status: "stale", now: Number(reply[1]) };
      return { status: reply[0] === "granted" ? "granted" : "refused", ...toState(reply) };
    },
    async touch(lease, floorNanoUsd, leaseMs) {
      await run("touch", lease, { floor: floorNanoUsd, leaseMs });
    },
    async settle(lease, actualNanoUsd) {
      return toState(await run("settle", lease, { amount: actualNanoUsd }));
    },
    async read(ref) {
      return toState(await run("read", ref));
    },
  };
}

/** A window's keys live a day longer than its last lease can; counted from now, since Redis' clock rules. */
function keepUntil(end: number, leaseMs: number): number {
  return Math.max(end - Date.now(), 0) + leaseMs + DAY_MS;
}

function toState([, before, spent, held]: readonly string[]): BudgetState {
  return {
    spentBeforeNanoUsd: Number(before) as NanoUsd,
    spentNanoUsd: Number(spent) as NanoUsd,
    heldNanoUsd: Number(held) as NanoUsd,
  };
}
