// %% [markdown]
// # In an agent (`createAgent`)
//
// An agent calls a model again after each tool, with everything said so far: a bill that grows by itself. This notebook gives one a router,
// a history summarizer, a prompt compressor and a budget, as middleware of LangChain v1.
//
// Without `OPENAI_API_KEY` a local server plays the model: it looks orders up with the tool, then answers.

// %%
import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BudgetExceededError, findError, formatUsd } from "@langthrift/core";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import { budgetMiddleware } from "@langthrift/cost-callback/middleware";
import { historySummarizerMiddleware } from "@langthrift/history-summarizer/middleware";
import { modelRouterMiddleware } from "@langthrift/model-router/middleware";
import { defaultCompressor } from "@langthrift/prompt-compressor";
import { promptCompressionMiddleware } from "@langthrift/prompt-compressor/middleware";
import { createAgent } from "langchain";
import { useDemoServer } from "langthrift/demo";
import { z } from "zod";
import { showBars } from "./chart.ts";

const models = await useDemoServer({
  replies: [
    {
      text: /order (\d+)/,
      answer: ({ text, messages }) => {
        const order = Number(/order (\d+)/.exec(text)?.[1]);
        if (messages.at(-1)?.role !== "tool")
          return { toolCalls: [{ name: "look_up_order", args: { order } }] };
        return `Order ${order} is on its way; it should be there on Friday.`;
      },
    },
  ],
});

// %% [markdown]
// ## A tool that talks too much
//
// As they do. Each result stays in the history and is sent again with each later call.

// %%
const lookUpOrder = tool(
  ({ order }) =>
    JSON.stringify(
      Array.from({ length: 40 }, (_, row) => ({
        order,
        event: row,
        place: ["Oslo", "Hamburg", "Lyon"][row % 3],
        state: row === 39 ? "on its way" : "scanned",
      })),
      null,
      2,
    ),
  {
    name: "look_up_order",
    description: "Where a parcel was scanned.",
    schema: z.object({ order: z.number() }),
  },
);

interface Agent {
  invoke(
    input: { messages: BaseMessage[] },
    config: { callbacks: [CostCallbackHandler] },
  ): Promise<{ messages: BaseMessage[] }>;
}

async function talk(agent: Agent, costs: CostCallbackHandler): Promise<BaseMessage[]> {
  let { messages } = await agent.invoke(
    { messages: [new HumanMessage("Where is order 7001?")] },
    { callbacks: [costs] },
  );
  for (let order = 7002; order <= 7010; order += 1) {
    messages = [...messages, new HumanMessage(`And where is order ${order}?`)];
    ({ messages } = await agent.invoke({ messages }, { callbacks: [costs] }));
  }
  return messages;
}

// %% [markdown]
// ## As it is

// %%
const model = new ChatOpenAI({ model: "gpt-4.1", maxRetries: 1 });
const before = new CostCallbackHandler();
const plain = createAgent({ model, tools: [lookUpOrder] });
const messages = await talk(plain, before);
console.log(messages.at(-1)?.text);
console.log(
  `${before.summary().tokens.inputTokens} input tokens, ${formatUsd(before.summary().spentNanoUsd)}`,
);

// %% [markdown]
// ## With middleware
//
// - The **compressor** shortens a tool's result once, when it is born; errors, first, last and outlying rows stay.
// - The **summarizer** replaces the beginning of the conversation once that pays; `recallTool` lets the agent look old things up.
// - The **router** sends easy turns to the small model. Within one turn it stays with its choice.

// %%
const after = new CostCallbackHandler();
const small = {
  name: "small",
  model: new ChatOpenAI({ model: "gpt-4.1-mini", maxRetries: 1 }),
};
const thrifty = createAgent({
  model,
  tools: [lookUpOrder],
  middleware: [
    historySummarizerMiddleware({
      trigger: { tokens: 1500 },
      keep: { messages: 8 },
      recallTool: true,
    }),
    promptCompressionMiddleware({
      compressor: defaultCompressor({ rate: 0.4 }),
      timeoutMs: 10_000,
    }),
    modelRouterMiddleware({
      candidates: [small, { name: "large", model }],
      decideTimeoutMs: 10_000,
    }),
  ],
});
const thriftyMessages = await talk(thrifty, after);
console.log(thriftyMessages.at(-1)?.text);
console.log(
  `${after.summary().tokens.inputTokens} input tokens, ${formatUsd(after.summary().spentNanoUsd)}`,
);

// %%
await showBars(
  "Ten questions to the agent",
  [
    { label: "as it is", value: before.summary().spentNanoUsd },
    { label: "with middleware", value: after.summary().spentNanoUsd },
  ],
  (nano) => `$${(nano / 1e9).toFixed(4)}`,
);
console.table(
  Object.entries(after.summary().byStrategy).map(([strategy, { avoidedNanoUsd, events }]) => ({
    strategy,
    avoided: formatUsd(avoidedNanoUsd),
    events,
  })),
);

// %% [markdown]
// ## A budget
//
// An agent that runs wild stops at its limit. The middleware's error arrives wrapped, so look for it with `findError`.

// %%
const held = createAgent({
  model,
  tools: [lookUpOrder],
  middleware: [
    budgetMiddleware({
      costs: new CostCallbackHandler(),
      budgets: [{ id: "one agent", limitUsd: 0.01, window: { kind: "total" } }],
    }),
  ],
});
try {
  for (let turn = 0; turn < 100; turn += 1)
    await held.invoke({ messages: [new HumanMessage(`Where is order ${7100 + turn}?`)] });
} catch (error) {
  const refusal = findError(error, BudgetExceededError);
  if (!refusal) throw error;
  console.log(`refused by the budget "${refusal.budgetId}" of $${refusal.limitUsd}`);
}
await models.close();
