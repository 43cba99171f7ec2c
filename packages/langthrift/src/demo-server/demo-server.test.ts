import { ChatOpenAI } from "@langchain/openai";
import { createPriceBook, usageFromMessage } from "@langthrift/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DemoServerOptions } from "./demo-server.ts";
import { sampleTraffic } from "./sample-traffic.ts";
import { startDemoServer } from "./start-demo-server.ts";
import { useDemoServer } from "./use-demo-server.ts";

const open: { close(): Promise<void> }[] = [];
async function start(options?: DemoServerOptions) {
  const server = await startDemoServer(options);
  open.push(server);
  const client = (model: string) => new ChatOpenAI({ model, apiKey: "any", maxRetries: 0, configuration: { baseURL: server.url } });
  return { server, client };
}
beforeEach(() => {
  vi.stubEnv("OPENAI_API_KEY", "");
  vi.stubEnv("OPENAI_BASE_URL", undefined);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  vi.unstubAllEnvs();
});

describe("startDemoServer", () => {
  it("answers by the first reply that matches, else with made-up sentences that stay the same", async () => {
    const { server, client } = await start({
      replies: [
        {
          text: "weather",
          answer: ({ tools }) => (tools.length > 0 ? { toolCalls: [{ name: "forecast", args: { city: "Oslo" } }] } : undefined),
        },
        { text: /WEATHER/i, model: "gpt-4.1", answer: "Sunny." },
      ],
    });
    const model = client("gpt-4.1");
    expect((await model.invoke("How is the weather?")).content).toBe("Sunny.");
    const schema = { type: "object", properties: { city: { type: "string" } } };
    const tools = [{ type: "function" as const, function: { name: "forecast", parameters: schema } }];
    const called = await model.bindTools(tools).invoke("How is the weather?");
    expect(called.tool_calls).toMatchObject([{ name: "forecast", args: { city: "Oslo" } }]);
    const other = await client("gpt-4.1-mini").invoke("How is the weather?");
    expect(other.content).not.toBe("Sunny.");
    expect((await client("gpt-4.1-mini").invoke("How is the weather?")).content).toBe(other.content);
    expect(server.requests.map(({ model, text, tools }) => ({ model, text, tools }))).toEqual([
      { model: "gpt-4.1", text: "How is the weather?", tools: [] },
      { model: "gpt-4.1", text: "How is the weather?", tools: ["forecast"] },
      { model: "gpt-4.1-mini", text: "How is the weather?", tools: [] },
      { model: "gpt-4.1-mini", text: "How is the weather?", tools: [] },
    ]);
  });

  it("bills list prices, and leaves out models without one", async () => {
    const { server, client } = await start();
    const usage = usageFromMessage(await client("gpt-4.1").invoke("Hello"));
    await client("who-knows-1").invoke("Hello");
    const { nanoUsd } = createPriceBook().priceOf({ model: "gpt-4.1", provider: "openai", usage: usage ?? {} });
    expect(nanoUsd).toBeGreaterThan(0);
    expect(server.invoice()).toBe(nanoUsd);
  });
});

describe("useDemoServer", () => {
  it("stands in for OpenAI while there is no key, and gives the environment back", async () => {
    vi.stubEnv("OPENAI_BASE_URL", "http://before.invalid/v1");
    const models = await useDemoServer({ replies: [{ answer: "Hi." }] });
    open.push(models);
    expect(models.live).toBe(false);
    expect((await new ChatOpenAI({ model: "gpt-4.1", maxRetries: 0 }).invoke("Hello")).content).toBe("Hi.");
    await models.close();
    open.length = 0;
    expect(process.env["OPENAI_API_KEY"]).toBeUndefined();
    expect(process.env["OPENAI_BASE_URL"]).toBe("http://before.invalid/v1");
  });

  it("leaves everything alone where there is a key", async () => {
    vi.stubEnv("OPENAI_API_KEY", "a key of the user");
    const models = await useDemoServer();
    expect(models).toMatchObject({ live: true, server: null });
    expect(process.env["OPENAI_BASE_URL"]).toBeUndefined();
    await models.close();
    expect(process.env["OPENAI_API_KEY"]).toBe("a key of the user");
  });
});

describe("sampleTraffic", () => {
  it("is the log of the demo, in order", async () => {
    const all = await sampleTraffic();
    expect(all).toHaveLength(700);
    expect(await sampleTraffic(3)).toEqual(all.slice(0, 3));
    expect(all[0]).toMatchObject({ id: "r0001", tenant: "fernweh" });
  });
});
