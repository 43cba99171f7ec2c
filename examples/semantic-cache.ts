// %% [markdown]
// # Semantic cache
//
// `@langthrift/semantic-cache` answers a question that means the same as an earlier one. This notebook caches answers, shows what counts as
// "the same" and what does not, looks into the decisions, and forgets an answer again.
//
// Without `OPENAI_API_KEY` a local server answers in place of OpenAI; the embeddings run in this process in both cases.

// %%
import { ChatOpenAI } from "@langchain/openai";
import { cacheMark, formatUsd } from "@langthrift/core";
import { defaultEmbeddings } from "@langthrift/embeddings";
import { SemanticCache, thresholdPolicy, withSemanticCache } from "@langthrift/semantic-cache";
import { useDemoServer } from "langthrift/demo";
import { showBars } from "./chart.ts";

const models = await useDemoServer({
  replies: [
    {
      text: /password/i,
      answer: "Settings > Security > “Reset password”. A link arrives by e-mail.",
    },
    { text: /cancel/i, answer: "Orders can be cancelled until they leave our store." },
  ],
});

const cache = new SemanticCache({
  embeddings: defaultEmbeddings(),
  scope: "public", // or a function that returns the tenant: nothing crosses scopes
  policy: thresholdPolicy({ minSimilarity: 0.88 }),
  timeoutMs: 10_000, // generous: same outputs on a slow machine; the default is 500
});
await cache.warmUp(); // loads the embedding model; without it the first lookups are misses

const model = withSemanticCache(new ChatOpenAI({ model: "gpt-4.1-mini" }), cache);

// %% [markdown]
// ## The same question in other words
//
// The second and third answers cost nothing. A mark on the answer says where it came from.

// %%
for (const question of [
  "How do I reset my password?",
  "how can I reset my password",
  "How do I reset my password?",
]) {
  const answer = await model.invoke(question);
  const mark = cacheMark(answer);
  console.log(question);
  console.log(
    `  ${mark ? `${mark.kind} hit, similarity ${mark.similarity?.toFixed(3) ?? 1}` : "asked the model"}: ${answer.text}`,
  );
}

// %% [markdown]
// ## Near, but not the same
//
// Vectors alone would confuse these. **Guards** look at the words: negations, numbers, names, dates, directions. They only ever refuse.

// %%
await model.invoke("Please cancel order 71234");
for (const question of ["Please cancel order 71235", "Please do not cancel order 71234"]) {
  const mark = cacheMark(await model.invoke(question));
  console.log(`${question} -> ${mark ? "served from the cache" : "asked the model"}`);
}
console.log(cache.stats().reasons);

// %% [markdown]
// ## Why?
//
// Below the wrapper there are `lookup`, `store` and `explain`, which need no LangChain model. `explain` shows the nearest entries, and which
// guard refuses them.

// %%
const faq = new SemanticCache({
  embeddings: defaultEmbeddings(),
  scope: "public",
  timeoutMs: 10_000,
});
await faq.store({ text: "Please cancel order 71234" }, { text: "Order 71234 is cancelled." });
const { neighbours } = await faq.explain({ text: "Please cancel order 71235" });
for (const { question, similarity, guard } of neighbours)
  console.log(`${similarity.toFixed(3)} near "${question}", but ${guard}`);
await faq.close();

// %% [markdown]
// ## What it was worth

// %%
const { kinds, avoidedNanoUsd, hitRate } = cache.stats();
console.log(
  `hit rate ${((hitRate ?? 0) * 100).toFixed(0)} %, avoided ${formatUsd(avoidedNanoUsd)}`,
);
await showBars("Lookups", [
  { label: "exact hit", value: kinds.exact },
  { label: "semantic hit", value: kinds.semantic },
  { label: "miss", value: kinds.miss },
]);

// %% [markdown]
// ## Forgetting
//
// An answer that is no longer true must go. `invalidate` takes tags, ids or an age; `{ all: true }` forgets everything.

// %%
await cache.invalidate({ all: true });
console.log(
  cacheMark(await model.invoke("How do I reset my password?")) ?? "asked the model again",
);
await cache.close();
await models.close();

// %% [markdown]
// ## Next
//
// - `thresholdPolicy` serves from the first entry on and promises nothing. The default, `verifiedPolicy({ maxWrongHitRate: 0.02 })`, learns
//   from your traffic and keeps its promise.
// - Entries that outlive the process: `memoryCacheStore({ path })`, Redis from `@langthrift/semantic-cache/redis`.
// - It does not help where nobody asks twice, nor where answers depend on live data or the user; give those a `scope` or a short `ttlMs`.
