// %% [markdown]
// # Embeddings without a key
//
// `@langthrift/embeddings` is a small embedding model that runs in this process: no key, no download, no native module. It is a LangChain
// `Embeddings`, so it fits wherever one goes.

// %%
import { CachedEmbeddings, defaultEmbeddings, StaticEmbeddings } from "@langthrift/embeddings";
import { showBars } from "./chart.ts";

// %% [markdown]
// ## Meaning as a direction
//
// All vectors have length 1, so their dot product is the cosine.

// %%
const embeddings = new CachedEmbeddings({ embeddings: defaultEmbeddings() });
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

const question = "How do I reset my PIN?";
const others = [
  "I want to change my PIN",
  "My PIN does not work any more",
  "When does the shop open?",
  "How do I not reset my PIN?",
];
const [first = [], ...rest] = await embeddings.embedDocuments([question, ...others]);
await showBars(
  `Cosine with "${question}"`,
  rest.map((vector, index) => ({
    label: others[index] ?? "",
    value: Math.max(0, dot(first, vector)),
  })),
  (cosine) => cosine.toFixed(2),
);

// %% [markdown]
// Look at the last bar: **no embedding tells a sentence from its opposite.** That is why the semantic cache has guards.

// %% [markdown]
// ## Search
//
// Six lines of a help page, found by meaning.

// %%
const page = [
  "Parcels leave our store within two working days.",
  "You can send a purchase back within 30 days.",
  "A broken item is replaced free of charge.",
  "We never ask for your password.",
  "Gift cards are valid for three years.",
  "Our shops close on Sundays.",
];
const index = await embeddings.embedDocuments(page);
for (const query of [
  "my cup arrived in pieces",
  "until when may I return shoes?",
  "are you open at the weekend?",
]) {
  const vector = await embeddings.embedQuery(query);
  const ranked = page
    .map((line, row) => ({ line, cosine: dot(vector, index[row] ?? []) }))
    .sort((a, b) => b.cosine - a.cosine);
  console.log(`${query} -> ${ranked[0]?.line}`);
}

// %% [markdown]
// ## Asked again
//
// `CachedEmbeddings` stands before any `Embeddings`; texts that come at the same time go out as one batch.

// %%
await Promise.all([
  embeddings.embedQuery(question),
  embeddings.embedQuery(question),
  embeddings.embedQuery("something new"),
]);
console.log(embeddings.stats);

// %% [markdown]
// ## A hundred times faster
//
// `StaticEmbeddings` looks words up in a table. Good for scans of many texts and as features of a classifier; it sees neither word order nor
// negation, so never let it decide a cache hit alone.

// %%
const fast = new StaticEmbeddings();
const [dog = [], man = []] = await fast.embedDocuments(["dog bites man", "man bites dog"]);
console.log("dog bites man / man bites dog:", dot(dog, man).toFixed(2));
const [exact = [], swapped = []] = await embeddings.embedDocuments([
  "dog bites man",
  "man bites dog",
]);
console.log("the same to MiniLM:           ", dot(exact, swapped).toFixed(2));

// %% [markdown]
// ## Next
//
// - The model knows English. For other languages, or for many long documents, use a provider's embeddings: everything here takes those too.
// - Thresholds do not transfer between models: calibrate on your own traffic.
