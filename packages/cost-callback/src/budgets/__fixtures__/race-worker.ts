import { createPriceBook, nanoUsd } from "@langthrift/core";
import { createClient } from "redis";
import { BudgetKeeper } from "../budget-keeper.ts";
import { redisBudgetStore } from "../redis-budget-store.ts";

/** What a worker tells of a call, before it begins and after it is settled. */
export type RaceMessage =
  | { readonly kind: "granted"; readonly floor: number }
  | { readonly kind: "settled"; readonly actual: number; readonly floor: number }
  | { readonly kind: "done"; readonly unsettled: number; readonly refused: number };

const [url = "", limitUsd = "1", seconds = "3", seed = "1"] = process.argv.slice(2);
const CONCURRENT = 50;
/** 1,000 in at $1 and at most 4,000 out at $2 a million: $0.009 reserved, $0.001 the floor. */
const FLOOR = 1_000_000;

let state = Number(seed);
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message: RaceMessage): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
client.on("error", () => undefined);
await client.connect();
const keeper = new BudgetKeeper({
  budgets: [{ id: "race", limitUsd: Number(limitUsd), window: { kind: "total" }, reserveOutput: "max", leaseMs: 1_500, onStoreError: "refuse" }],
  store: redisBudgetStore(client),
  prices: createPriceBook({ overrides: [{ model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 2 }] }),
  storeTimeoutMs: 1_000,
  logger: false,
});
const until = Date.now() + Number(seconds) * 1_000;
let refused = 0;
await Promise.all(
  Array.from({ length: CONCURRENT }, async () => {
    while (Date.now() < until) {
      const ticket = await keeper.admit({ model: "m", chain: [], tags: [], inputTokens: 1_000, maxOutputTokens: 4_000 }).catch(() => undefined);
      if (!ticket) {
        refused += 1;
        await sleep(20 + random() * 50);
        continue;
      }
      // Told before the call "runs": what was granted to a process that dies is known.
      await tell({ kind: "granted", floor: FLOOR });
      await sleep(random() * 40);
      const actual = nanoUsd(FLOOR + Math.floor(random() * 4_000) * 2_000);
      await ticket.settle(actual);
      // A settlement that still waits for Redis would be lost with this process; it counts once it is through.
      while (keeper.unsettled > 0 && Date.now() < until + 5_000) await sleep(20);
      await tell({ kind: "settled", actual, floor: FLOOR });
    }
  }),
);
for (let attempt = 0; keeper.unsettled > 0 && attempt < 40; attempt += 1) {
  await sleep(100);
  await keeper.flush();
}
await tell({ kind: "done", unsettled: keeper.unsettled, refused });
process.exit(0);
