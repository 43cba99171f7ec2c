import { redisBudgetStore } from "@langthrift/cost-callback/redis";
import { raceBudget } from "@langthrift/cost-callback/testing";
import { createClient } from "redis";
import { seededRandom } from "../random.ts";
import { naiveBudgetStore } from "./naive-budget-store.ts";
import type { RaceProcessOptions } from "./race-processes.ts";

// One of the processes of a race. Its parent says when to begin, and kills some.
const { url, kind, seed, ...options } = JSON.parse(process.argv[2] ?? "{}") as RaceProcessOptions;
const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
client.on("error", () => undefined);
const begin = new Promise<number>((resolve) => process.once("message", (until) => resolve(until as number)));
process.once("disconnect", () => process.exit(0));
await client.connect();
process.send?.({ kind: "ready" });
await raceBudget({
  ...options,
  store: kind === "ours" ? redisBudgetStore(client, { prefix: options.prefix }) : naiveBudgetStore(client, options.prefix),
  until: await begin,
  random: seededRandom(seed),
  tell: (message) => new Promise((resolve) => process.send?.(message, () => resolve())),
});
process.exit(0);
