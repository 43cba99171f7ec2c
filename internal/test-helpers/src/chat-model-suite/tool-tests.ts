import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { freshQuestion } from "./fresh-question.ts";
import { billed, collect, type SuiteKit } from "./suite-kit.ts";

const add = tool(({ a, b }) => a + b, { name: "add", description: "Adds.", schema: z.object({ a: z.number(), b: z.number() }) });
const look = tool(({ id }) => `found ${id}`, { name: "look", description: "Looks up.", schema: z.object({ id: z.string() }) });
const Person = z.object({ name: z.string(), age: z.number() });
const calls = { toolCalls: [{ name: "add", args: { a: 2, b: 3 }, id: "call_1" }] } as const;

/** Tools and structured output. */
export function toolTests({ check, expect, model, server, answered }: SuiteKit): void {
  check("tools: a call comes back parsed, and the provider was offered the tools", async () => {
    server().reply({ answer: calls });
    const message = await (await model()).bindTools?.([add, look]).invoke(freshQuestion());
    expect(message?.tool_calls).toMatchObject([{ name: "add", args: { a: 2, b: 3 }, id: "call_1", type: "tool_call" }]);
    expect(message?.tool_calls).toHaveLength(1);
    expect(answered()[0]?.request.tools.map(({ name }) => name)).toEqual(["add", "look"]);
    expect(message?.usage_metadata).toMatchObject(billed(answered()[0] as never));
  });

  check("tools: several calls in one answer", async () => {
    server().reply({ answer: { toolCalls: [calls.toolCalls[0], { name: "look", args: { id: "x" }, id: "call_2" }] } });
    const message = await (await model()).bindTools?.([add, look]).invoke(freshQuestion());
    expect(message?.tool_calls?.map(({ name, id }) => [name, id])).toEqual([
      ["add", "call_1"],
      ["look", "call_2"],
    ]);
  });

  check("tools: a streamed call is the same once its chunks are put together", async () => {
    server().reply({ answer: { ...calls, tokensPerChunk: 1 } });
    const bound = (await model()).bindTools?.([add]);
    const { chunks, whole } = await collect((await bound?.stream(freshQuestion())) as never);
    expect(whole.tool_calls).toMatchObject([{ name: "add", args: { a: 2, b: 3 }, id: "call_1" }]);
    expect(whole.tool_calls).toHaveLength(1);
    expect(chunks.filter((chunk) => (chunk.usage_metadata?.total_tokens ?? 0) > 0)).toHaveLength(1);
  });

  check("tools: results in the history reach the provider beside their calls", async () => {
    const call = new AIMessage({ content: "", tool_calls: [{ name: "add", args: { a: 2, b: 3 }, id: "call_1", type: "tool_call" }] });
    const result = new ToolMessage({ content: "5", tool_call_id: "call_1", name: "add" });
    await (await model()).bindTools?.([add]).invoke([new HumanMessage(freshQuestion()), call, result]);
    const [, asked, answer] = answered()[0]?.request.messages ?? [];
    expect(asked?.toolCalls).toMatchObject([{ id: "call_1", name: "add" }]);
    expect(answer).toMatchObject({ role: "tool", text: "5", toolCallId: "call_1" });
  });

  check("tools: tool_choice is handed on", async () => {
    await (await model()).bindTools?.([add], { tool_choice: "add" } as never).invoke(freshQuestion());
    expect(answered()[0]?.request.body["tool_choice"]).toMatchObject({ function: { name: "add" } });
  });

  check("tools: binding makes a new model; the old one and an earlier binding stay as they were", async () => {
    const one = await model();
    const first = one.bindTools?.([add]);
    const second = one.bindTools?.([look]);
    await first?.invoke(freshQuestion());
    await second?.invoke(freshQuestion());
    await one.invoke(freshQuestion());
    expect(answered().map(({ request }) => request.tools.map(({ name }) => name))).toEqual([["add"], ["look"], []]);
  });

  check("tools: a binding takes config and options of the call", async () => {
    const bound = (await model()).bindTools?.([add]).withConfig({ stop: ["END"] } as never);
    await bound?.invoke(freshQuestion());
    expect(answered()[0]?.request.body["stop"]).toEqual(["END"]);
    expect(answered()[0]?.request.tools.map(({ name }) => name)).toEqual(["add"]);
  });

  for (const method of ["functionCalling", "jsonSchema", "jsonMode"] as const) {
    check(`structured output: an object of the schema, by ${method}`, async () => {
      server().reply({ answer: { json: { name: "Ada", age: 36 } } });
      const structured = (await model()).withStructuredOutput(Person, { method });
      expect(await structured.invoke(`${freshQuestion()} Answer as JSON.`)).toEqual({ name: "Ada", age: 36 });
      expect(server().journal).toHaveLength(1);
    });
  }

  check("structured output: the raw message beside the object, with its usage", async () => {
    server().reply({ answer: { json: { name: "Ada", age: 36 } } });
    const structured = (await model()).withStructuredOutput(Person, { includeRaw: true });
    const { raw, parsed } = await structured.invoke(freshQuestion());
    expect(parsed).toEqual({ name: "Ada", age: 36 });
    expect((raw as AIMessage).usage_metadata).toMatchObject(billed(answered()[0] as never));
  });

  check("structured output: a plain JSON schema does as well as zod", async () => {
    server().reply({ answer: { json: { name: "Ada" } } });
    const schema = {
      title: "person",
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    expect(await (await model()).withStructuredOutput(schema).invoke(freshQuestion())).toEqual({ name: "Ada" });
  });

  check("structured output: an answer that does not fit the schema rejects", async () => {
    server().reply({ answer: { json: { name: 7 } } });
    const structured = (await model()).withStructuredOutput(Person, { method: "functionCalling" });
    await expect(structured.invoke(freshQuestion())).rejects.toThrow();
  });

  check("structured output: in a stream the last value is the object", async () => {
    server().reply({ answer: { json: { name: "Ada", age: 36 } } });
    const structured = (await model()).withStructuredOutput(Person, { method: "functionCalling" });
    let last: unknown;
    for await (const value of await structured.stream(freshQuestion())) last = value;
    expect(last).toEqual({ name: "Ada", age: 36 });
  });
}
