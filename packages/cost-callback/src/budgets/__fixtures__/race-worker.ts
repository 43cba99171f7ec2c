import { createClient } from "redis";
import { raceBudget } from "../race-budget.ts";
import { redisBudgetStore } from "../redis-budget-store.ts";

// A process of a race: Redis' address, the limit in US dollars, seconds.
const [url = "", limitUsd = "1", seconds = "3"] = process.argv.slice(2);
const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
client.on("error", () => undefined);
await client.connect();
await raceBudget({
  store: redisBudgetStore(client),
  limitUsd: Number(limitUsd),
  until: Date.now() + Number(seconds) * 1_000,
  tell: (message) => new Promise((resolve) => process.send?.(message, () => resolve())),
});
process.exit(0);
