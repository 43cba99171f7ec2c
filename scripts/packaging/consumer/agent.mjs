// The middleware of the packages in one agent; `langchain` is an optional peer, so only the consumer that has it runs this.
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { cacheMark } from "@langthrift/core";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import { costMiddleware } from "@langthrift/cost-callback/middleware";
import { MiniLMEmbeddings } from "@langthrift/embeddings";
import { historySummarizerMiddleware } from "@langthrift/history-summarizer/middleware";
import { modelRouterMiddleware } from "@langthrift/model-router/middleware";
import { defaultCompressor } from "@langthrift/prompt-compressor";
import { promptCompressionMiddleware } from "@langthrift/prompt-compressor/middleware";
import { SemanticCache } from "@langthrift/semantic-cache";
import { semanticCacheMiddleware } from "@langthrift/semantic-cache/middleware";
import { createAgent } from "langchain";
import { useDemoServer } from "langthrift/demo";
import { z } from "zod";

const models = await useDemoServer({
  replies: [
    {
      text: "weather",
      answer: ({ messages }) =>
        messages.at(-1).role === "tool" ? "Sunny in Oslo." : { toolCalls: [{ name: "forecast", args: { city: "Oslo" } }] },
    },
  ],
});
const costs = new CostCallbackHandler();
const small = { name: "small", model: new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 1 }) };
const large = { name: "large", model: new ChatOpenAI({ model: "gpt-4.1", maxRetries: 1 }) };
const forecast = tool(({ city }) => `Sunny in ${city}`, {
  name: "forecast",
  description: "The weather.",
  schema: z.object({ city: z.string() }),
});
const agent = createAgent({
  model: large.model,
  tools: [forecast],
  middleware: [
    historySummarizerMiddleware({ recallTool: true }),
    promptCompressionMiddleware({ compressor: defaultCompressor() }),
    modelRouterMiddleware({ candidates: [small, large] }),
    // Last, so that it counts the model that the router chose.
    costMiddleware({ costs }),
  ],
});
const { messages } = await agent.invoke({ messages: [{ role: "user", content: "How is the weather?" }] });
const cache = new SemanticCache({ scope: "public", embeddings: new MiniLMEmbeddings(), timeoutMs: 30_000 });
const answering = createAgent({ model: small.model, tools: [], middleware: [semanticCacheMiddleware({ cache })] });
const question = { messages: [{ role: "user", content: "How do I reset my password?" }] };
const first = (await answering.invoke(question)).messages.at(-1);
const second = (await answering.invoke(question)).messages.at(-1);
await cache.close();
await models.close();
if (messages.at(-1).text !== "Sunny in Oslo.") throw new Error(`The agent answered "${messages.at(-1).text}".`);
if (!(costs.summary().spentNanoUsd > 0)) throw new Error("The ledger saw nothing.");
if (cacheMark(second) === undefined || second.text !== first.text) throw new Error("The second answer does not come from the cache.");
console.log("the agents answered");
