// %% [markdown]
// # Model router
//
// `@langthrift/model-router` sends each request to the cheapest model that is good enough. This notebook routes by a heuristic, by rules,
// survives an outage, and drafts with a cheap model before it asks a dear one (a cascade).
//
// Without `OPENAI_API_KEY` a local server answers in place of OpenAI.

// %%
import { ChatOpenAI } from "@langchain/openai";
import { routingMark } from "@langthrift/core";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import {
  compose,
  createCascade,
  createModelRouter,
  heuristicPolicy,
  rulePolicy,
  validatorScorer,
} from "@langthrift/model-router";
import { useDemoServer } from "langthrift/demo";
import { showBars } from "./chart.ts";

const models = await useDemoServer({
  replies: [
    { model: "gpt-4.1-mini", text: "invoice as JSON", answer: "The total is 99 euros." },
    { model: "gpt-4.1", text: "invoice as JSON", answer: '{"total": 99, "currency": "EUR"}' },
  ],
});
const small = {
  name: "small",
  model: new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 0 }),
};
const large = { name: "large", model: new ChatOpenAI({ model: "gpt-4.1", maxRetries: 0 }) };

// %% [markdown]
// ## A router is a chat model
//
// Use it wherever a chat model goes: chains, agents, `bindTools`, `withStructuredOutput`.

// %%
const questions = [
  "Hello!",
  "What is the capital of Norway?",
  "Translate 'good morning' into Spanish.",
  "Prove that the square root of 2 is irrational, and explain step by step where the proof would fail for 4.",
  "Analyse the liability clauses of this contract, compare them with the former version, and explain which exposes us to more risk and why.",
];
const costs = new CostCallbackHandler();
const router = createModelRouter({ candidates: [small, large], decideTimeoutMs: 10_000 });

for (const question of questions) {
  const mark = routingMark(await router.invoke(question, { callbacks: [costs] }));
  console.log(`${mark?.model.padEnd(5)} ${question}`);
}

// %% [markdown]
// The ledger knows what each choice cost, and what the same requests would have cost at the large model.

// %%
const { spentNanoUsd, avoidedNanoUsd } = costs.summary();
await showBars(
  "Five requests",
  [
    { label: "all to the large model", value: spentNanoUsd + avoidedNanoUsd },
    { label: "routed", value: spentNanoUsd },
  ],
  (nano) => `$${(nano / 1e9).toFixed(5)}`,
);

// %% [markdown]
// ## Your own rules first
//
// `compose` asks policies in order; the first that has an opinion decides.

// %%
const policy = compose(
  rulePolicy([
    { name: "legal is never cheap", text: /contract|liability|clause/i, use: "large" },
    { name: "greetings", when: ({ task }) => /^(hi|hello|thanks)\b/i.test(task), use: "small" },
  ]),
  heuristicPolicy(),
);
const ruled = createModelRouter({
  candidates: [small, large],
  policy,
  decideTimeoutMs: 10_000,
});
for (const question of ["Hello!", "Is this clause valid?", "What is the capital of Norway?"]) {
  const mark = routingMark(await ruled.invoke(question));
  console.log(`${mark?.model.padEnd(5)} ${question} (${mark?.reason})`);
}

// %% [markdown]
// ## An outage
//
// A candidate that fails is left out, and the next one answers. Here the small model's server is gone.

// %%
const gone = new ChatOpenAI({
  model: "gpt-4.1-mini",
  maxRetries: 0,
  configuration: { baseURL: "http://127.0.0.1:9/v1" },
});
const shaky = createModelRouter({
  candidates: [{ name: "small", model: gone }, large],
  decideTimeoutMs: 10_000,
  logger: false,
});
const rescued = routingMark(await shaky.invoke("Hello!"));
console.log(`answered by ${rescued?.model}, after ${rescued?.fallbackFrom?.join(", ")}`);

// %% [markdown]
// ## A cascade
//
// Draft with the small model, check the draft, and ask the large one only if it fails the check. The check here is code: is it JSON?

// %%
const isJson = validatorScorer((message) => {
  try {
    return typeof JSON.parse(message.text) === "object";
  } catch {
    return false;
  }
});
const cascade = createCascade({
  steps: [{ candidate: small, accept: isJson, threshold: 0.5 }],
  final: large,
});
const checked = await cascade.invoke("Give me the total of this invoice as JSON: 99 EUR");
console.log(routingMark(checked)?.model, checked.text);
await models.close();

// %% [markdown]
// ## Next
//
// - Learn from your own traffic: `trainRouter` → `calibrate` → `evaluateRouter`, or `npx langthrift router train`.
// - A cascade pays only while P(accept) > (draft + check) / final price. What it rejects costs twice and takes twice as long.
// - The heuristic knows nothing of your task. Measure on your own rows before you trust it.
