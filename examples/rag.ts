// %% [markdown]
// # Retrieval (RAG)
//
// A retrieval chain pays three times: for embeddings, for the documents in the prompt, for the answer. This notebook embeds for nothing,
// shortens what was found to what the question needs, and caches whole answers, in such a way that a changed document takes its answers away.
//
// Without `OPENAI_API_KEY` a local server answers in place of OpenAI: it quotes the first sentence that it is given.

// %%
import { Document } from "@langchain/core/documents";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import { formatUsd } from "@langthrift/core";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import { CachedEmbeddings, defaultEmbeddings } from "@langthrift/embeddings";
import {
  CompressingDocumentCompressor,
  ExtractiveCompressor,
} from "@langthrift/prompt-compressor";
import { CachedRunnable, SemanticCache, thresholdPolicy } from "@langthrift/semantic-cache";
import { useDemoServer } from "langthrift/demo";
import { showBars } from "./chart.ts";

const models = await useDemoServer({
  replies: [
    {
      text: "Documents:",
      answer: ({ text }) => `It says: ${/Documents:\n(.+?\.)(?:\s|$)/.exec(text)?.[1]}`,
    },
  ],
});

// %% [markdown]
// ## Documents, found by meaning
//
// Any retriever will do; this one is a dozen lines.

// %%
const pages: Readonly<Record<string, string>> = {
  returns:
    "You can send back what you bought within 30 days. Shoes must not have been worn outdoors. A label comes with every parcel.",
  shipping:
    "Parcels leave our store within two working days. Express parcels leave the same day. We ship to 14 countries.",
  warranty:
    "A tent has a warranty of five years. Poles are replaced for free. Zips are repaired in our own workshop.",
  payment:
    "You may pay by card or by invoice. An invoice is due after 14 days. Gift cards are valid for three years.",
};
const filler =
  "This page is reviewed every spring by our support team and was written for customers of all our shops. ".repeat(
    6,
  );
const version = new Map(Object.keys(pages).map((page) => [page, 1]));
const documents = Object.entries(pages).map(
  ([page, text]) => new Document({ pageContent: `${text} ${filler}`, metadata: { page } }),
);

const embeddings = new CachedEmbeddings({ embeddings: defaultEmbeddings() });
const vectors = await embeddings.embedDocuments(
  documents.map(({ metadata }) => pages[metadata.page as string] ?? ""),
);

async function retrieve(question: string): Promise<Document[]> {
  const query = await embeddings.embedQuery(question);
  const score = (index: number): number =>
    (vectors[index] ?? []).reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0);
  return documents
    .map((document, index) => ({ document, score: score(index) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 2)
    .map(({ document }) => document);
}
console.log(
  (await retrieve("How long can I return shoes?")).map(({ metadata }) => metadata.page),
);

// %% [markdown]
// ## The chain, with and without compression
//
// The compressor works over one budget for all documents: one that answers keeps more than one that does not.

// %%
const prompt = ChatPromptTemplate.fromTemplate(
  "Answer from the documents.\n\nQuestion: {question}\n\nDocuments:\n{documents}",
);
const model = new ChatOpenAI({ model: "gpt-4.1-mini" });
const shorten = new CompressingDocumentCompressor({
  compressor: new ExtractiveCompressor(),
  model: "gpt-4.1-mini", // whose price counts
  rate: 0.3,
  minTokens: 50,
  timeoutMs: 10_000,
});

const answerFrom = (compress: boolean) =>
  RunnableLambda.from(async (question: string) => {
    const found = await retrieve(question);
    const shown = compress ? await shorten.compressDocuments(found, question) : found;
    return { question, documents: shown.map(({ pageContent }) => pageContent).join("\n\n") };
  })
    .pipe(prompt)
    .pipe(model)
    .pipe(new StringOutputParser());

const questions = [
  "How long can I return shoes?",
  "When does my parcel leave?",
  "Is the zip of my tent covered by the warranty?",
];
const bills: { label: string; value: number }[] = [];
for (const compress of [false, true]) {
  const costs = new CostCallbackHandler();
  for (const question of questions) {
    const answer = await answerFrom(compress).invoke(question, { callbacks: [costs] });
    if (compress) console.log(`${question}\n  ${answer}`);
  }
  bills.push({
    label: compress ? "shortened documents" : "whole documents",
    value: costs.summary().tokens.inputTokens ?? 0,
  });
}
console.log(`${questions.length} questions, asked twice`);

// %%
await showBars("Input tokens for three questions", bills);

// %% [markdown]
// ## Caching answers, not only calls
//
// `CachedRunnable` puts a whole chain behind the cache. The versions of the documents are part of the key (`keyFields`), and their names are
// tags, by which answers can be taken away.

// %%
const cache = new SemanticCache({
  embeddings,
  embeddingUsdPerMillion: 0, // it runs here
  scope: "public",
  policy: thresholdPolicy({ minSimilarity: 0.88 }),
  timeoutMs: 10_000,
});
await cache.warmUp();
const costs = new CostCallbackHandler();
const cached = new CachedRunnable({
  inner: answerFrom(true),
  cache,
  name: "help-pages",
  queryText: (question: string) => question,
  keyFields: () => Object.fromEntries(version),
});
const spentBy = async (question: string): Promise<string> => {
  const before = costs.summary().spentNanoUsd;
  await cached.invoke(question, { callbacks: [costs] });
  return costs.summary().spentNanoUsd === before ? "for nothing" : "by the chain";
};
console.log("first: ", await spentBy("How long can I return shoes?"));
console.log("again: ", await spentBy("how long can I return my shoes"));

// %% [markdown]
// The page on returns changes, and with its version every answer that was made before.

// %%
version.set("returns", 2);
console.log("after the change: ", await spentBy("How long can I return shoes?"));
const { spentNanoUsd, byStrategy } = costs.summary();
const avoidedBy = (strategy: string): string =>
  formatUsd(byStrategy[strategy]?.avoidedNanoUsd ?? null);
console.log(`${formatUsd(spentNanoUsd)} spent`);
console.log(
  `${avoidedBy("semantic-cache")} avoided by the cache, ${avoidedBy("prompt-compressor")} by shorter documents`,
);
await cache.close();
await models.close();

// %% [markdown]
// ## Next
//
// - Shortening cuts sentences; measure your own answers before and after.
// - `keyFields` with the version of each page is coarse: any change forgets all answers. Tags are finer: `tags: ["returns"]`, then
//   `cache.invalidate({ tags: ["returns"] })`.
