// %% [markdown]
// # In a chain (LCEL)
//
// Every strategy is a Runnable or a chat model, so a chain takes them one by one: prompt → compressor → cached, routed, counted model → parser.
// This notebook builds that chain by hand; `createThriftyModel` from `langthrift` does the same in one call.
//
// Without `OPENAI_API_KEY` a local server answers in place of OpenAI.

// %%
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { ChatOpenAI } from "@langchain/openai";
import { formatUsd } from "@langthrift/core";
import { CostCallbackHandler, withCost } from "@langthrift/cost-callback";
import { defaultEmbeddings } from "@langthrift/embeddings";
import { createModelRouter } from "@langthrift/model-router";
import { compressPrompt, defaultCompressor } from "@langthrift/prompt-compressor";
import { SemanticCache, thresholdPolicy, withSemanticCache } from "@langthrift/semantic-cache";
import { useDemoServer } from "langthrift/demo";

const models = await useDemoServer({
  replies: [
    {
      text: /opening hours|open/i,
      answer: "We are open from 9 to 18 o'clock, Monday to Saturday.",
    },
    { text: /return/i, answer: "You have 30 days." },
  ],
});

// %% [markdown]
// ## The model, from the inside out
//
// The order matters. The ledger is outermost, because it must see what the others avoid. The cache stands before everything that costs. The
// router is innermost, because it decides on the request as it will be sent.

// %%
const router = createModelRouter({
  candidates: [
    { name: "small", model: new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 1 }) },
    { name: "large", model: new ChatOpenAI({ model: "gpt-4.1", maxRetries: 1 }) },
  ],
  decideTimeoutMs: 10_000,
});
const cache = new SemanticCache({
  embeddings: defaultEmbeddings(),
  scope: "public",
  policy: thresholdPolicy({ minSimilarity: 0.88 }),
  timeoutMs: 10_000,
});
await cache.warmUp();
const costs = new CostCallbackHandler();
const model = withCost(withSemanticCache(router, cache, { modelId: "small-or-large" }), {
  costs,
});

// %% [markdown]
// ## The chain

// %%
const prompt = ChatPromptTemplate.fromMessages([
  ["system", "You answer for the shop {shop}. Be brief."],
  ["human", "{question}"],
]);
const chain = prompt
  .pipe(compressPrompt(defaultCompressor(), { model: "gpt-4.1", timeoutMs: 10_000 }))
  .pipe(model)
  .pipe(new StringOutputParser())
  .withConfig({ runName: "shop-answer" });

console.log(await chain.invoke({ shop: "Fernweh", question: "What are your opening hours?" }));
console.log(
  await chain.invoke({ shop: "Fernweh", question: "what are your opening hours please" }),
);

// %% [markdown]
// Another shop is another prompt: the system message is compared exactly, so nothing is shared.

// %%
await chain.invoke({ shop: "Nordkit", question: "What are your opening hours?" });
const { kinds } = cache.stats();
console.log(`${kinds.exact + kinds.semantic} from the cache, ${kinds.miss} asked`);

// %% [markdown]
// ## Streams and batches
//
// A stored answer streams too.

// %%
for await (const piece of await chain.stream({
  shop: "Fernweh",
  question: "What are your opening hours?",
}))
  console.log(JSON.stringify(piece));

const answers = await chain.batch([
  { shop: "Fernweh", question: "How long may I return a tent?" },
  { shop: "Nordkit", question: "How long may I return a tent?" },
]);
console.log(answers);

// %% [markdown]
// ## The bill
//
// The ledger saw every request, those that cost nothing included. `costs.summary({ by })` groups by model, chain, tag, user, …

// %%
const { requests, cached, spentNanoUsd, avoidedNanoUsd } = costs.summary();
console.log(
  `${requests} requests, ${cached} from the cache: ${formatUsd(spentNanoUsd)} spent, ${formatUsd(avoidedNanoUsd)} avoided`,
);
await cache.close();
await models.close();
