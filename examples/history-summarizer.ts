// %% [markdown]
// # History summarizer
//
// `@langthrift/history-summarizer` keeps a long conversation short, only when that pays for itself, and never loses a message. This notebook
// shows how the prompt of a conversation grows with and without it, what the model sees, and how an old detail is found again.
//
// No key, no network: the summaries here are extractive. With `model: new ChatOpenAI({ model: "gpt-4.1-nano" })` a cheap model writes them.

// %%
import { InMemoryChatMessageHistory } from "@langchain/core/chat_history";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { pinRules, SummarizingChatMessageHistory } from "@langthrift/history-summarizer";
import { showLines } from "./chart.ts";

// %% [markdown]
// ## A conversation that goes on
//
// `SummarizingChatMessageHistory` stands before any LangChain history. The inner one is only ever appended to.

// %%
const inner = new InMemoryChatMessageHistory();
const history = new SummarizingChatMessageHistory({
  inner,
  sessionId: "ann-42",
  mainModel: "gpt-4.1",
  trigger: { tokens: 1000 },
  keep: { messages: 10 },
  pin: [pinRules.identifiers], // order numbers must survive word for word
});

const tokensOf = (messages: readonly { text: string }[]): number =>
  messages.reduce((sum, { text }) => sum + Math.ceil(text.length / 4), 0);
const full: number[] = [];
const sent: number[] = [];
for (let day = 1; day <= 60; day += 1) {
  await history.addMessages([
    new HumanMessage(
      `Day ${day}: order AB-${1000 + day} arrived damaged, the ${["lid", "handle", "base"][day % 3]} is broken. Please look into it.`,
    ),
    new AIMessage(
      `Noted for order AB-${1000 + day}. We will send a new one within ${(day % 5) + 2} days and keep you posted about the parcel.`,
    ),
  ]);
  full.push(tokensOf(await history.getAllMessages()));
  sent.push(tokensOf(await history.getMessages()));
}
console.log(`${full.length} exchanges`);

// %%
await showLines("Tokens sent with each request", [
  { label: "full history", values: full },
  { label: "with summaries", values: sent },
]);
const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
console.log(`in total ${sum(full)} tokens, or ${sum(sent)} with summaries`);

// %% [markdown]
// ## What the model sees
//
// A summary, fenced as data, then the last messages word for word.

// %%
const shown = await history.getMessages();
console.log(
  `${shown.length} messages are sent, ${(await history.getAllMessages()).length} are kept\n`,
);
console.log(`${shown[0]?.text.slice(0, 600)} …`);

// %% [markdown]
// ## Nothing is lost
//
// `recall` searches the originals. In an agent the same is a tool, `recall_history`, that the model calls when a summary is not enough.

// %%
for (const message of await history.recall("order AB-1003", 1))
  console.log(`${message.getType()}: ${message.text}`);

// %% [markdown]
// ## Next
//
// - In an agent: `historySummarizerMiddleware` from `@langthrift/history-summarizer/middleware` (see `agent.ipynb`).
// - It waits until the summary has paid for itself: writing it costs, and so does the provider's prompt cache that is lost. `payback: false`
//   goes by the trigger alone.
// - Leave it off for short conversations, and where every word counts and nobody may call `recall_history`.
