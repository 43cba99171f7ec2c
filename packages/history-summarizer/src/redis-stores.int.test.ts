import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { RedisChatMessageHistory } from "@langchain/redis";
import { redisUrl } from "@langthrift/test-helpers";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chat, scriptedSummarizer } from "./__fixtures__/histories.ts";
import { SummarizingChatMessageHistory } from "./adapters/summarizing-chat-message-history.ts";
import { redisSummaryStore } from "./redis.ts";
import { COMPARE_AND_SET } from "./stores/redis-summary-store.ts";
import { summaryStoreSuite } from "./testing.ts";

const url = redisUrl();

describe.skipIf(url === undefined)("with Redis (set REDIS_URL)", () => {
  const client = createClient({ url: url ?? "redis://unused" });
  const client4 = createClient4({ url: url ?? "redis://unused" });
  beforeAll(async () => {
    await Promise.all([client.connect(), client4.connect()]);
  });
  afterAll(async () => {
    await Promise.all([client.close(), client4.quit()]);
  });

  describe("redisSummaryStore, node-redis 6", () => {
    summaryStoreSuite({ test: it, expect, create: () => redisSummaryStore(client, { prefix: "test:history", ttlMs: 60_000 }) });
  });
  describe("redisSummaryStore, node-redis 4", () => {
    summaryStoreSuite({ test: it, expect, create: () => redisSummaryStore(client4, { prefix: "test:history4", ttlMs: 60_000 }) });
  });

  it("writes each version once when two processes race", async () => {
    const session = randomUUID();
    const script = `
      import { createClient } from "redis";
      const client = createClient({ url: process.argv[1] });
      await client.connect();
      let wins = 0;
      for (let version = 1; version <= 200; version += 1) {
        const summary = JSON.stringify({ version, text: String(process.pid) });
        const set = await client.eval(process.argv[3], { keys: [process.argv[2]], arguments: [version === 1 ? "" : String(version - 1), summary, "60000"] });
        wins += Number(set);
        while (JSON.parse(await client.get(process.argv[2])).version < version) await new Promise((r) => setTimeout(r, 1));
      }
      console.log(wins);
      await client.close();`;
    const run = () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, url ?? "", `{test:race:${session}}`, COMPARE_AND_SET], {
        cwd: new URL("..", import.meta.url),
      });
    const wins = (await Promise.all([run(), run()])).map(({ stdout }) => Number(stdout));
    expect((wins[0] as number) + (wins[1] as number)).toBe(200);
  });

  it("shortens a RedisChatMessageHistory, and resumes in a new process's objects", async () => {
    const sessionId = `test-${randomUUID()}`;
    const inner = () => new RedisChatMessageHistory({ sessionId, client: client4 as never, sessionTTL: 60 });
    const model = scriptedSummarizer();
    const open = () =>
      new SummarizingChatMessageHistory({
        inner: inner(),
        sessionId,
        model,
        logger: false,
        store: redisSummaryStore(client, { prefix: "test:history", ttlMs: 60_000 }),
      });
    await open().addMessages(chat(40));
    const first = await open().getMessages();
    expect(first.length).toBeLessThan(25);
    const again = open();
    expect((await again.getMessages()).map(({ content }) => content)).toEqual(first.map(({ content }) => content));
    expect(model.requests).toHaveLength(1);
    await again.addMessages([new HumanMessage("new"), new AIMessage("answer")]);
    expect(await again.getAllMessages()).toHaveLength(82);
    await again.clear();
    expect(await open().getMessages()).toEqual([]);
  });
});
