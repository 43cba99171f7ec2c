import { InMemoryCache } from "@langchain/core/caches";
import { dispatchCustomEvent } from "@langchain/core/callbacks/dispatch";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { startModelServer } from "@langthrift/model-server";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { collectRuns } from "./index.ts";

const server = await startModelServer();
afterAll(() => server.close());

const usage = { input_tokens: 10, output_tokens: 4, total_tokens: 14 };

function modelWithUsage(): ChatOpenAI {
  server.script([{ text: "hello", usage: { inputTokens: 10, outputTokens: 4 } }]);
  return new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-x", configuration: { baseURL: server.url } });
}

describe("collectRuns", () => {
  it("records runs with parents, names, tags, usage and custom events", async () => {
    const seen = collectRuns();
    const chain = RunnableLambda.from(async (text: string) => {
      await dispatchCustomEvent("note", { n: 1 });
      return text;
    }).pipe(modelWithUsage());
    await chain.invoke("hi", { callbacks: [seen.handler], tags: ["mine"], metadata: { user: "u1" }, runName: "outer" });

    const [root, lambda] = seen.ofKind("chain");
    const [model] = seen.ofKind("llm");
    expect(root).toMatchObject({ name: "outer", parentId: undefined, state: "ended", tags: ["mine"], metadata: { user: "u1" } });
    expect(lambda?.events).toMatchObject([{ name: "note", data: { n: 1 } }]);
    expect(seen.events).toHaveLength(1);
    expect(model).toMatchObject({ parentId: root?.id, state: "ended", usage, cached: false, params: { model: "gpt-4o-mini" } });
    expect(model?.input[0]?.content).toBe("hi");
    expect(seen.pathOf(model?.id ?? "")).toEqual([model?.id, root?.id]);
    expect(seen.childrenOf(root?.id ?? "").map(({ kind }) => kind)).toEqual(["chain", "llm"]);
    seen.clear();
    expect(seen.runs).toEqual([]);
  });

  it("records failures, tools and streamed tokens", async () => {
    const seen = collectRuns();
    const failing = RunnableLambda.from(() => {
      throw new Error("broken");
    });
    await expect(failing.invoke("x", { callbacks: [seen.handler] })).rejects.toThrow("broken");
    expect(seen.runs[0]).toMatchObject({ kind: "chain", state: "failed", error: expect.objectContaining({ message: "broken" }) });

    await tool(() => "ok", { name: "ok", description: "ok", schema: z.object({}) }).invoke({}, { callbacks: [seen.handler] });
    expect(seen.ofKind("tool")).toMatchObject([{ name: "ok", state: "ended" }]);

    const stream = await new FakeListChatModel({ responses: ["abc"] }).stream("hi", { callbacks: [seen.handler] });
    for await (const _ of stream) {
      // only to the end
    }
    expect(seen.ofKind("llm")[0]?.tokens).toBe(3);
  });

  it("marks answers of a LangChain cache, and keeps the usage that the cache later zeroes", async () => {
    const seen = collectRuns();
    const model = modelWithUsage();
    model.cache = new InMemoryCache();
    await model.invoke("hi", { callbacks: [seen.handler] });
    await model.invoke("hi", { callbacks: [seen.handler] });
    expect(seen.ofKind("llm").map(({ cached }) => cached)).toEqual([false, true]);
    expect(seen.ofKind("llm")[0]?.usage).toMatchObject(usage);
  });
});
