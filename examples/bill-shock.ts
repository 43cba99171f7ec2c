// %% [markdown]
// # From bill shock to half the bill
//
// A shop's support chat got popular, and so did its LLM invoice. This notebook replays its traffic log through one strategy after another,
// and reads in the ledger how the bill falls:
//
// 1. everything goes to the dear model,
// 2. a **semantic cache** answers what was asked before,
// 3. a **model router** sends easy questions to a cheap model,
// 4. a **history summarizer** stops a long conversation from being sent in full again and again,
// 5. a **prompt compressor** strips what customers paste.
//
// No key is needed: without `OPENAI_API_KEY` a local server answers in place of OpenAI. Tokens are counted and priced for real;
// only the texts of the answers are made up. With a key, the same cells ask the real models.

// %%
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
} from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { formatUsd, nanoUsd, usd } from "@langthrift/core";
import { CachedEmbeddings, defaultEmbeddings } from "@langthrift/embeddings";
import { createThriftyModel, type ThriftyModelOptions } from "langthrift";
import { sampleTraffic, useDemoServer } from "langthrift/demo";
import { showBars, showLines } from "./chart.ts";

const models = await useDemoServer();
const dollars = (nano: number): string => formatUsd(nanoUsd(Math.round(nano)));

// %% [markdown]
// ## The traffic
//
// 250 requests of two shops' support chats, as they came in, and in between one customer who does not let go: 40 turns,
// and every fifth time he pastes what the shop's own page exports.

// %%
interface Request {
  readonly messages: readonly BaseMessage[];
  readonly tenant: string;
  readonly thread?: string;
}

const chat: Request[] = (await sampleTraffic(250)).map(({ messages, tenant }) => ({
  messages,
  tenant: tenant ?? "unknown",
}));

const items = ["tent", "stove", "rope", "boots", "lamp", "mat"];
const exported = (turn: number): string =>
  JSON.stringify(
    Array.from({ length: 25 }, (_, row) => ({
      order: 7000 + turn * 25 + row,
      item: items[(turn + row) % 6],
      pieces: (row % 3) + 1,
      state: "sent",
    })),
    null,
    2,
  );
const conversation: Request[] = [];
const said: BaseMessage[] = [
  new SystemMessage("You are the support of Fernweh Outdoor. Be brief."),
];
for (let turn = 1; turn <= 40; turn += 1) {
  const question = `Turn ${turn}: my ${items[turn % 6]} (order ${7000 + turn}) has problem ${turn * 3}. What now?`;
  said.push(new HumanMessage(turn % 5 === 0 ? `${question}\n\n${exported(turn)}` : question));
  conversation.push({ messages: [...said], tenant: "fernweh", thread: "the-customer" });
  said.push(
    new AIMessage(
      `Please send the ${items[turn % 6]} of order ${7000 + turn} back; a new one leaves within two days.`,
    ),
  );
}
const traffic = chat.flatMap((request, index) => {
  const turn = index % 6 === 5 ? conversation[(index - 5) / 6] : undefined;
  return turn ? [request, turn] : [request];
});
const long = traffic.filter(({ thread }) => thread).length;
console.log(`${traffic.length} requests, ${long} of them from one long conversation`);

// %% [markdown]
// ## Replaying it
//
// `createThriftyModel` puts the filters in front of a chat model. A stage is nothing but other options. The ledger sums what the
// providers charge.

// %%
const strong = new ChatOpenAI({ model: "gpt-4.1", maxRetries: 1 });
const cheap = new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 1 });
const embeddings = new CachedEmbeddings({ embeddings: defaultEmbeddings() });
const cacheOptions = { timeoutMs: 10_000, embeddingUsdPerMillion: 0 }; // generous: same figures on a slow machine

async function replay(options: Partial<ThriftyModelOptions>) {
  const { model, ledger, cache, close } = createThriftyModel({
    strong,
    embeddings,
    scope: ({ metadata }) => metadata?.tenant as string,
    ...options,
  });
  await cache?.warmUp();
  const spent: number[] = [];
  for (const { messages, tenant, thread } of traffic) {
    await model.invoke([...messages], {
      metadata: { tenant },
      configurable: thread ? { thread_id: thread } : {},
    });
    spent.push(ledger.summary().spentNanoUsd);
  }
  const summary = ledger.summary();
  await close();
  return { summary, spent };
}

// %% [markdown]
// ### 1. The bill as it is

// %%
const before = await replay({ cache: false });
console.log(`${before.summary.requests} requests cost ${dollars(before.summary.spentNanoUsd)}`);

// %% [markdown]
// ### 2. A semantic cache
//
// "Where is my order?" and "where's my order" have one answer. Shops never see each other's: `scope` is the tenant.

// %%
const cached = await replay({ cache: cacheOptions });
console.log(
  `${cached.summary.cached} of ${cached.summary.requests} requests are answered from the cache`,
);
const { reasons = {} } = cached.summary.byStrategy["semantic-cache"] ?? {};
console.log(`${reasons["hit:exact"]} in the same words, ${reasons["hit:semantic"]} in others`);

// %% [markdown]
// ### 3. A model router
//
// What is left goes to the cheap model where the question is easy.

// %%
const router = { decideTimeoutMs: 10_000 };
const routed = await replay({ cache: cacheOptions, cheap, router });
const share = routed.summary.byStrategy["model-router"];
console.log(`routing avoids another ${dollars(share?.avoidedNanoUsd ?? 0)}`);

// %% [markdown]
// ### 4. A history summarizer
//
// The long conversation is sent in full with each of its turns. Once it pays, its beginning becomes a summary. Here the summaries are
// extractive: no model writes them, so they cost nothing.

// %%
const history = { trigger: { tokens: 1000 }, keep: { messages: 8 } };
const summarized = await replay({ cache: cacheOptions, cheap, router, history });
const inputTokens = ({ summary }: typeof before) => summary.tokens.inputTokens;
console.log(`${inputTokens(before)} input tokens at first, ${inputTokens(summarized)} now`);

// %% [markdown]
// ### 5. A prompt compressor
//
// Pasted JSON carries layout that no model needs, and rows that say the same.

// %%
const compress = { minTokens: 50, timeoutMs: 10_000 };
const compressed = await replay({ cache: cacheOptions, cheap, router, history, compress });
console.log(`${inputTokens(compressed)} input tokens with the compressor`);

// %% [markdown]
// ## What became of the bill

// %%
const stages = [
  { label: "as it was", ...before },
  { label: "+ semantic cache", ...cached },
  { label: "+ model router", ...routed },
  { label: "+ history summarizer", ...summarized },
  { label: "+ prompt compressor", ...compressed },
];
await showBars(
  `The bill for ${traffic.length} requests`,
  stages.map(({ label, summary }) => ({ label, value: summary.spentNanoUsd })),
  dollars,
);

// %%
await showLines(
  "Spent so far, request by request",
  stages.map(({ label, spent }) => ({ label, values: spent })),
  (nano) => (nano === 0 ? "$0" : dollars(nano)),
);

// %%
console.table(
  stages.map(({ label, summary }) => ({
    stage: label,
    bill: dollars(summary.spentNanoUsd),
    "of the first": `${((100 * summary.spentNanoUsd) / before.summary.spentNanoUsd).toFixed(0)} %`,
    "from the cache": summary.cached,
    "input tokens": summary.tokens.inputTokens,
  })),
);

// %% [markdown]
// ## What it does not say
//
// - The answers are made up, so this says nothing about their quality. Before you switch a strategy on, look at its guide: each has a
//   section "when it does not help".
// - The savings come from this traffic: many repeated questions, one long conversation. `npx langthrift demo --input your-log.jsonl`
//   replays yours.
// - A dollar saved on paper is one if the ledger says so. Keep it running: it is one callback.

// %%
const perMonth = (nano: number): string =>
  formatUsd(usd(((nano / 1e9) * 100_000) / traffic.length));
console.log("At 100,000 such requests a month:");
console.log(
  `${perMonth(before.summary.spentNanoUsd)} before, ${perMonth(compressed.summary.spentNanoUsd)} after`,
);
await models.close();
