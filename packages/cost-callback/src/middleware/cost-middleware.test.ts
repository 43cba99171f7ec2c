import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BudgetExceededError, defaultTokenCounter, findError } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { budgetMiddleware, costMiddleware } from "./cost-middleware.ts";

let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({
    models: [
      { id: "gpt-4.1", rates: { input: 2_000_000_000, output: 8_000_000_000 } },
      { id: "gpt-4.1-nano", rates: { input: 100_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const openai = (model = "gpt-4.1") => new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, configuration: { baseURL: server.url } });
const add = tool(({ a }: { a: number }) => String(a), { name: "add", description: "adds", schema: z.object({ a: z.number() }) });
const go = { messages: [new HumanMessage("go")] };

describe("costMiddleware and budgetMiddleware", () => {
  it("count an agent's calls, once even beside the same handler in callbacks", async () => {
    const costs = new CostCallbackHandler();
    server.script([{ toolCalls: [{ name: "add", args: { a: 1 } }] }, "done"]);
    const agent = createAgent({ model: openai(), tools: [add], middleware: [costMiddleware({ costs })] });
    const result = await agent.invoke(go, { callbacks: [costs] });
    expect(result.messages.at(-1)?.text).toBe("done");
    expect(costs.summary()).toMatchObject({ calls: 2, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("refuse with an error that can be found, an answer, or a cheaper model", async () => {
    const budget = { id: "agents", limitUsd: 0.001, window: { kind: "total" }, reserveOutput: 500 } as const;
    const build = (onExceeded: Parameters<typeof budgetMiddleware>[0]["onExceeded"] & {}) => {
      const costs = new CostCallbackHandler();
      return createAgent({ model: openai(), tools: [add], middleware: [budgetMiddleware({ costs, budgets: [budget], onExceeded })] });
    };
    const error = await build("error")
      .invoke(go)
      .catch((caught: unknown) => caught);
    expect(findError(error, BudgetExceededError)).toMatchObject({ budgetId: "agents" });
    expect((await build("message").invoke(go)).messages.at(-1)?.text).toContain("agents");
    expect(server.journal).toHaveLength(0);
    await build({ model: openai("gpt-4.1-nano") }).invoke(go);
    expect(server.journal.map(({ request }) => request.model)).toEqual(["gpt-4.1-nano"]);
  });
});
