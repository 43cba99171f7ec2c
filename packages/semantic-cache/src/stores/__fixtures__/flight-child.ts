// Asks one question through a cache and a lock on Redis, as one of several processes would. Its lines: ready, asked, answer ...
import { createClient } from "redis";
import { SemanticCache } from "../../semantic-cache.ts";
import { thresholdPolicy } from "../../policy/threshold-policy.ts";
import { plainRedisStore } from "../redis/plain-redis-store.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import { redisFlightLock } from "../redis/redis-flight-lock.ts";

const [url = "", prefix = "", model = ""] = process.argv.slice(2);
const client = createClient({ url });
client.on("error", () => undefined);
await client.connect();
const redis = client as unknown as RedisClient;

const cache = new SemanticCache({
  embeddings: { embedQuery: async () => [1, 0], embedDocuments: async (texts) => texts.map(() => [1, 0]) },
  scope: "public",
  policy: thresholdPolicy({ minSimilarity: 0.9 }),
  guards: "off",
  logger: false,
  timeoutMs: 10_000,
  store: plainRedisStore(redis, { prefix }),
  flights: redisFlightLock(redis, { prefix }),
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The next time that the test writes something. */
function told(): Promise<void> {
  return new Promise((resolve) => process.stdin.once("data", () => resolve()));
}

say("ready");
await told();
const answer = await cache.wrap({ text: "How do I reset my password?" }, async () => {
  await client.incr(`${prefix}:asked`);
  say("asked");
  // The test says when the model is done; to a hanging one it never does.
  await told();
  return model;
});
say(`answer ${answer}`);
await cache.close();
client.destroy();
process.exit(0);
