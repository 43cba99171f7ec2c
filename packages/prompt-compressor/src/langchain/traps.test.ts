import { type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, INTERRUPT, interrupt, isInterrupted, MemorySaver } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { type AgentMiddleware, createAgent, createMiddleware, toolRetryMiddleware } from "langchain";
import { startModelServer } from "@langthrift/model-server";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ExtractiveCompressor } from "../extractive/extractive-compressor.ts";
import { StopWordCompressor } from "../stop-words/stop-word-compressor.ts";
import { promptCompressionMiddleware, type PromptCompressionMiddlewareOptions } from "./prompt-compression-middleware.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const long = Array.from({ length: 60 }, (_value, row) => `The barrel ${row} of the cellar ${row % 7} holds the wine of the year.`).join(
  "\n",
);
const call = (name: string, args: Record<string, string> = {}) => ({ toolCalls: [{ name, args, id: `call_${name}` }] });
const none = z.object({});

function agentWith(tools: unknown[], options: Partial<PromptCompressionMiddlewareOptions> = {}, after: AgentMiddleware[] = []) {
  const model = new ChatOpenAI({ model: "gpt-4o", apiKey: "sk-test", configuration: { baseURL: server.url }, maxRetries: 0 });
  const own = promptCompressionMiddleware({
    compressor: new ExtractiveCompressor({ rate: 0.3 }),
    minTokens: 50,
    timeoutMs: 10_000,
    logger: false,
    ...options,
  });
  return createAgent({ model, tools: tools as never, middleware: [own, ...after], checkpointer: new MemorySaver() });
}
const thread = { configurable: { thread_id: "t" } };
const toolMessages = (messages: readonly unknown[]): ToolMessage[] =>
  messages.filter((one): one is ToolMessage => ToolMessage.isInstance(one));
const ask = { messages: [new HumanMessage("Where is barrel 12?")] };

describe("traps of LangChain's agents", () => {
  it("lets an interrupt of a tool rise, and goes on when it is answered", async () => {
    const asks = tool(async () => `${String(interrupt("May I?"))}\n${long}`, { name: "asks", description: "Asks.", schema: none });
    server.script([call("asks"), "done"]);
    const agent = agentWith([asks]);
    const paused: unknown = await agent.invoke(ask, thread);
    expect(isInterrupted(paused)).toBe(true);
    expect((paused as Record<typeof INTERRUPT, { value: unknown }[]>)[INTERRUPT]?.[0]?.value).toBe("May I?");
    const { messages } = await agent.invoke(new Command({ resume: "yes" }) as never, thread);
    expect(toolMessages(messages)[0]?.text.length).toBeLessThan(long.length / 2);
  });

  it("lets bad arguments be answered by the agent itself", async () => {
    const strict = tool(async () => long, { name: "strict", description: "Wants a number.", schema: z.object({ row: z.number() }) });
    const answers: string[] = [];
    for (const toolOutputs of ["birth", false] as const) {
      server.reset();
      server.script([call("strict", { row: "many" }), "done"]);
      const { messages } = await agentWith([strict], { toolOutputs }).invoke(ask, thread);
      // Behind the first line comes a stack trace.
      answers.push(`${toolMessages(messages)[0]?.status} ${toolMessages(messages)[0]?.text.split("\n")[0]}`);
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toMatch(/^error /);
  });

  it("lets a retry behind it see the throw", async () => {
    let runs = 0;
    const flaky = tool(
      async () => {
        runs += 1;
        if (runs < 3) throw new Error("not yet");
        return long;
      },
      { name: "flaky", description: "Fails twice.", schema: none },
    );
    server.script([call("flaky"), "done"]);
    const retry = toolRetryMiddleware({ maxRetries: 3, initialDelayMs: 1, jitter: false });
    const { messages } = await agentWith([flaky], {}, [retry]).invoke(ask, thread);
    expect(runs).toBe(3);
    expect(toolMessages(messages)[0]?.text.length).toBeLessThan(long.length / 2);
  });

  it("shortens the messages of a Command, and leaves the rest of it", async () => {
    const commands = tool(
      async (_input, config) =>
        new Command({
          update: {
            note: "kept",
            messages: [
              new ToolMessage({
                content: long,
                tool_call_id: (config as unknown as { toolCall: { id: string } }).toolCall.id,
                name: "commands",
              }),
            ],
          },
        }),
      { name: "commands", description: "Updates the state.", schema: none },
    );
    const notes = createMiddleware({ name: "Notes", stateSchema: z.object({ note: z.string().optional() }) });
    server.script([call("commands"), "done"]);
    const state = await agentWith([commands], {}, [notes as unknown as AgentMiddleware]).invoke(ask, thread);
    expect((state as unknown as { note: string }).note).toBe("kept");
    expect(toolMessages(state.messages)[0]?.text.length).toBeLessThan(long.length / 2);
  });

  it("shortens text blocks only, and results that are objects as the JSON they become", async () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    const blocks = tool(async () => [{ type: "text", text: long }, image], { name: "blocks", description: "Shows.", schema: none });
    server.script([call("blocks"), "done"]);
    const shown = await agentWith([blocks]).invoke(ask, thread);
    const content = toolMessages(shown.messages)[0]?.content as { type: string; text?: string }[];
    expect(content).toHaveLength(2);
    expect(content[0]?.text?.length).toBeLessThan(long.length / 2);
    expect(content[1]).toEqual(image);
  });

  it("sets no wrapToolCall where it is not needed", () => {
    const compressor = new StopWordCompressor();
    expect(promptCompressionMiddleware({ compressor }).wrapToolCall).toBeTypeOf("function");
    for (const options of [{ toolOutputs: "view" }, { toolOutputs: false }, { roles: ["human"] }] as const)
      expect(promptCompressionMiddleware({ compressor, ...options }).wrapToolCall).toBeUndefined();
  });

  it("keeps the artifact of a tool, and sends the model none of it", async () => {
    const gives = tool(async () => [long, { rows: 60 }], {
      name: "gives",
      description: "Gives.",
      schema: none,
      responseFormat: "content_and_artifact",
    });
    server.script([call("gives"), "done"]);
    const { messages } = await agentWith([gives]).invoke(ask, thread);
    expect(toolMessages(messages)[0]?.artifact).toEqual({ rows: 60 });
    expect(toolMessages(messages)[0]?.text.length).toBeLessThan(long.length / 2);
    expect(JSON.stringify(server.journal.at(-1)?.request.body)).not.toContain('"rows"');
  });

  it("sends the old bytes of a tool's result when the question has changed", async () => {
    const lists = tool(async () => long, { name: "lists", description: "Lists.", schema: none });
    const agent = agentWith([lists]);
    server.script([call("lists"), "first", "second"]);
    await agent.invoke(ask, thread);
    const before = server.journal.at(-1)?.request.messages.find(({ role }) => role === "tool")?.text;
    await agent.invoke({ messages: [new HumanMessage("And where is barrel 47, which nobody asked for?")] }, thread);
    const after = server.journal.at(-1)?.request.messages.find(({ role }) => role === "tool")?.text;
    expect(after).toBe(before);
    expect(before).toContain("barrel 12 ");
  });

  it("keeps an aborted run aborted", async () => {
    const controller = new AbortController();
    const aborts = tool(
      async () => {
        controller.abort(new Error("enough"));
        return long;
      },
      { name: "aborts", description: "Aborts.", schema: none },
    );
    server.script([call("aborts"), "done"]);
    await expect(agentWith([aborts]).invoke(ask, { ...thread, signal: controller.signal })).rejects.toThrow();
  });

  it("serves two conversations at once, and mixes nothing", async () => {
    const lists = tool(async ({ town }: { town: string }) => long.replaceAll("cellar", town), {
      name: "lists",
      description: "Lists.",
      schema: z.object({ town: z.string() }),
    });
    const agent = agentWith([lists]);
    server.reply({ when: ({ messages }) => messages.at(-1)?.role === "tool", answer: "done" });
    server.reply({ text: "Graz", answer: call("lists", { town: "Graz" }) });
    server.reply({ answer: call("lists", { town: "Oslo" }) });
    const results = await Promise.all(
      ["Graz", "Oslo"].map((town) =>
        agent.invoke({ messages: [new HumanMessage(`Where in ${town} is barrel 12?`)] }, { configurable: { thread_id: town } }),
      ),
    );
    const texts = results.map(({ messages }) => toolMessages(messages as BaseMessage[])[0]?.text ?? "");
    expect(texts.map((text) => [text.includes("Graz"), text.includes("Oslo")])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});
