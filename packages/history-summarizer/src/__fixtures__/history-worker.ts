import { RedisChatMessageHistory } from "@langchain/redis";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { SummarizingChatMessageHistory } from "../adapters/summarizing-chat-message-history.ts";
import { redisSummaryStore } from "../redis.ts";
import { chat } from "./histories.ts";

/** What a worker tells the test. */
export type WorkerMessage =
  | { readonly kind: "summarizing" }
  | { readonly kind: "done"; readonly shown: readonly string[]; readonly all: number; readonly version: number; readonly calls: number };

// One process of several on a conversation: fills it when it is empty, then shows it. Its summariser waits until it is told to go on.
const [url = "", session = "", answer = ""] = process.argv.slice(2);
const client = createClient({ url });
const client4 = createClient4({ url });
await Promise.all([client.connect(), client4.connect()]);

let calls = 0;
const go = new Promise<void>((resolve) => process.once("message", () => resolve()));
const store = redisSummaryStore(client, { prefix: "test:worker", ttlMs: 60_000 });
const history = new SummarizingChatMessageHistory({
  inner: new RedisChatMessageHistory({ sessionId: session, client: client4 as never, sessionTTL: 60 }),
  sessionId: session,
  store,
  model: {
    model: "worker",
    rates: { input: 0, output: 0 },
    async summarize() {
      calls += 1;
      process.send?.({ kind: "summarizing" } satisfies WorkerMessage);
      await go;
      return { text: answer, usage: null };
    },
  },
  timeoutMs: 60_000,
  logger: false,
});
if ((await history.getAllMessages()).length === 0) await history.addMessages(chat(40));
const shown = (await history.getMessages()).map(({ content }) => String(content));
const done: WorkerMessage = {
  kind: "done",
  shown,
  all: (await history.getAllMessages()).length,
  version: (await store.load(session))?.version ?? 0,
  calls,
};
process.send?.(done);
await Promise.all([client.close(), client4.quit()]);
process.disconnect?.();
