import { InMemoryChatMessageHistory } from "@langchain/core/chat_history";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { ChatPromptTemplate, MessagesPlaceholder } from "@langchain/core/prompts";
import { RunnableLambda, RunnableWithMessageHistory } from "@langchain/core/runnables";
import { fakeModel } from "@langchain/core/testing";
import { InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { chat, human, scriptedSummarizer } from "../__fixtures__/histories.ts";
import { isSummaryMessage } from "../engine/summary-message.ts";
import { createHistorySummarizer } from "../history-summarizer.ts";
import { CostAwareSummaryMemory } from "./cost-aware-summary-memory.ts";
import { SummarizingChatMessageHistory } from "./summarizing-chat-message-history.ts";
import { viewForModel } from "./view-for-model.ts";

function setUp(messages: BaseMessage[] = chat(40)) {
  const inner = new InMemoryChatMessageHistory(messages);
  const model = scriptedSummarizer();
  const summarizer = createHistorySummarizer({ model, logger: false });
  const create = () => new SummarizingChatMessageHistory({ inner, sessionId: "s", summarizer });
  return { inner, model, summarizer, create };
}

describe("SummarizingChatMessageHistory", () => {
  it("shows the view, keeps every message, and recalls the originals", async () => {
    const { create } = setUp();
    const history = create();
    const shown = await history.getMessages();
    expect(shown.length).toBeLessThan(25);
    expect(isSummaryMessage(shown[0] as BaseMessage)).toBe(true);
    expect(await history.getAllMessages()).toEqual(chat(40));
    const found = await history.recall("question-6", 1);
    expect(found.map(({ id }) => id)).toContain("m6");
  });

  it("stores neither the summary nor what it has shown a second time", async () => {
    const { inner, create } = setUp();
    const history = create();
    const shown = await history.getMessages();
    await history.addMessages([...shown, human("new"), new AIMessage("answer")]);
    expect((await inner.getMessages()).slice(80).map(({ content }) => content)).toEqual(["new", "answer"]);
  });

  it.each([false, true])(
    "stores exactly the new messages under RunnableWithMessageHistory (with keys: %s), also when a summary lands amid the call",
    async (keys) => {
      const { inner, summarizer, create } = setUp();
      const answering = RunnableLambda.from(async () => {
        await summarizer.refresh({ session: "s", messages: await inner.getMessages() });
        return new AIMessage("ANSWER");
      });
      const prompt = ChatPromptTemplate.fromMessages([new MessagesPlaceholder("history"), ["human", "{input}"]]);
      const chain = new RunnableWithMessageHistory({
        runnable: keys ? prompt.pipe(answering) : answering,
        getMessageHistory: create,
        ...(keys && { inputMessagesKey: "input", historyMessagesKey: "history" }),
        config: {},
      });
      for (let turn = 0; turn < 3; turn += 1) {
        await chain.invoke(keys ? { input: `NEW ${turn}` } : ([new HumanMessage(`NEW ${turn}`)] as never), {
          configurable: { sessionId: "s" },
        });
      }
      expect((await inner.getMessages()).slice(80).map(({ content }) => content)).toEqual([
        "NEW 0",
        "ANSWER",
        "NEW 1",
        "ANSWER",
        "NEW 2",
        "ANSWER",
      ]);
    },
  );

  it("forgets messages and summary together", async () => {
    const { inner, summarizer, create } = setUp();
    const history = create();
    await history.getMessages();
    await history.clear();
    expect(await inner.getMessages()).toEqual([]);
    expect(await summarizer.load("s")).toBeUndefined();
  });

  it("works in the background after an answer", async () => {
    const inner = new InMemoryChatMessageHistory(chat(40));
    const summarizer = createHistorySummarizer({ model: scriptedSummarizer(), mode: "background", logger: false });
    const history = new SummarizingChatMessageHistory({ inner, sessionId: "s", summarizer });
    expect(await history.getMessages()).toHaveLength(80);
    await history.addMessages([human("new"), new AIMessage("answer")]);
    await history.flush();
    expect((await history.getMessages()).length).toBeLessThan(25);
  });

  it("keeps no options in what LangChain serialises, and needs a session", () => {
    const { inner, create } = setUp();
    expect(JSON.stringify(create())).not.toContain("scripted");
    expect(() => new SummarizingChatMessageHistory({ inner, sessionId: "" })).toThrow(InvalidOptionError);
  });
});

describe("CostAwareSummaryMemory", () => {
  it("loads no more than its limit and keeps every message", async () => {
    const memory = new CostAwareSummaryMemory({
      model: scriptedSummarizer(),
      logger: false,
      keep: { messages: 4 },
      trigger: { tokens: 200 },
      maxSummaryTokens: 40,
    });
    for (let turn = 0; turn < 20; turn += 1) {
      await memory.loadMemoryVariables({});
      await memory.saveContext({ input: `question ${turn} ${"word ".repeat(30)}` }, { output: `answer ${turn} ${"word ".repeat(30)}` });
    }
    const { history } = await memory.loadMemoryVariables({});
    expect(history.length / 4).toBeLessThan(200 + 4 * 45);
    expect(history).toContain("summary");
    expect(await memory.chatHistory.getAllMessages()).toHaveLength(40);
    expect(memory.memoryKeys).toEqual(["history"]);
  });
});

describe("viewForModel", () => {
  it("shortens one call of a session, and nothing without a session", async () => {
    const { summarizer } = setUp();
    const messages = chat(40);
    const { messages: shown, savedTokens } = await viewForModel(messages, { summarizer, session: "x" });
    expect(shown.length).toBeLessThan(25);
    expect(savedTokens).toBeGreaterThan(1000);
    expect(await viewForModel(messages, { summarizer, session: undefined })).toMatchObject({ savedTokens: 0, messages });
  });

  it("feeds a model through a real LangChain call whose usage carries the overhead tag", async () => {
    const { OVERHEAD_TAG } = await import("@langthrift/core");
    const { collectRuns } = await import("@langthrift/test-helpers");
    const runs = collectRuns();
    const summarizer = createHistorySummarizer({ model: fakeModel().respond(new AIMessage("They talked.")), logger: false });
    const { summary } = await viewForModel(chat(40), { summarizer, session: "x", config: { callbacks: [runs.handler] } });
    expect(summary?.text).toBe("They talked.");
    expect(runs.ofKind("llm")[0]?.tags).toContain(OVERHEAD_TAG);
    expect(runs.ofKind("llm")[0]?.tags).toContain("nostream");
  });
});
