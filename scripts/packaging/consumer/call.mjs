// A cached and a routed call, as an ES module of a user would make them.
import { ChatOpenAI } from "@langchain/openai";
import { cacheMark, routingMark } from "@langthrift/core";
import { createThriftyModel } from "langthrift";
import { useDemoServer } from "langthrift/demo";

const models = await useDemoServer();
const { model, ledger, cache, close } = createThriftyModel({
  strong: new ChatOpenAI({ model: "gpt-4.1", maxRetries: 1 }),
  cheap: new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 1 }),
  scope: "public",
  cache: { timeoutMs: 30_000 },
  router: { decideTimeoutMs: 30_000 },
});
await cache.warmUp();
const first = await model.invoke("How do I reset my password?");
const second = await model.invoke("how can I reset my password");
let streamed = "";
for await (const chunk of await model.stream("How do I reset my password?")) streamed += chunk.text;
const { spentNanoUsd, avoidedNanoUsd, requests } = ledger.summary();
await close();
await models.close();

const holds = {
  "the router chose the cheap model": routingMark(first)?.model === "gpt-4.1-mini",
  "the cache found the question by meaning": cacheMark(second)?.kind === "semantic" && second.text === first.text,
  "a stored answer streams": streamed === first.text,
  "the ledger counts": requests === 3 && spentNanoUsd > 0 && avoidedNanoUsd > 0,
};
for (const [what, holding] of Object.entries(holds)) if (!holding) throw new Error(`It does not hold that ${what}.`);
console.log(`called on ${globalThis.Deno ? "Deno" : globalThis.Bun ? "Bun" : `Node ${process.version}`}`);
