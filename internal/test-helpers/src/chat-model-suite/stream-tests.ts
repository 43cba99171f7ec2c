import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { freshQuestion } from "./fresh-question.ts";
import { billed, collect, type SuiteKit } from "./suite-kit.ts";

/** The answer part by part. */
export function streamTests({ check, expect, model, server, answered, streamsInParts }: SuiteKit): void {
  check("stream: AI message chunks that together are the provider's text", async () => {
    const { chunks, whole, text } = await collect(await (await model()).stream(freshQuestion()));
    expect(text).toBe(answered()[0]?.text);
    expect(whole.text).toBe(text);
    expect(chunks.every((chunk) => chunk.getType() === "ai")).toBe(true);
    if (streamsInParts) expect(chunks.filter((chunk) => chunk.text !== "").length).toBeGreaterThan(1);
    expect(server().journal).toHaveLength(1);
  });

  check("stream: says the same as invoke", async () => {
    const question = freshQuestion();
    const { text } = await collect(await (await model()).stream(question));
    expect((await (await model()).invoke(question)).text).toBe(text);
  });

  check("stream: the usage is there exactly once, and is what was billed", async () => {
    const { chunks, whole } = await collect(await (await model()).stream(freshQuestion()));
    const [entry] = answered();
    expect(chunks.filter((chunk) => (chunk.usage_metadata?.total_tokens ?? 0) > 0)).toHaveLength(1);
    expect(whole.usage_metadata).toMatchObject(entry ? billed(entry) : {});
    expect(whole.response_metadata["finish_reason"]).toBe("stop");
  });

  check("stream: the model asks for a stream only when one is read", async () => {
    const one = await model();
    await one.invoke(freshQuestion());
    expect(answered()[0]?.request.stream).toBe(false);
  });

  check("stream: two at once do not mix", async () => {
    const one = await model();
    const questions = [freshQuestion(), freshQuestion()];
    const texts = await Promise.all(questions.map(async (question) => (await collect(await one.stream(question))).text));
    const served = new Map(answered().map(({ request, text }) => [request.text, text]));
    expect(texts).toEqual(questions.map((question) => served.get(question)));
  });

  check("stream: through a chain in parts", async () => {
    const chain = ChatPromptTemplate.fromTemplate("{question}")
      .pipe(await model())
      .pipe(new StringOutputParser());
    const parts: string[] = [];
    for await (const part of await chain.stream({ question: freshQuestion() })) parts.push(part);
    expect(parts.join("")).toBe(answered()[0]?.text);
    if (streamsInParts) expect(parts.filter((part) => part !== "").length).toBeGreaterThan(1);
  });

  check("stream: an error of the provider rejects", async () => {
    server().reply({ answer: { status: 400, error: { message: "No such thing." } } });
    const one = await model();
    await expect(one.stream(freshQuestion()).then(collect)).rejects.toThrow(/No such thing/);
  });

  check("stream: a connection that breaks in the middle rejects, it does not end as if complete", async () => {
    server().reply({ answer: { cut: "mid" } });
    const one = await model();
    await expect(one.stream(freshQuestion()).then(collect)).rejects.toThrow();
  });

  check("streamEvents: one start and one end for each request, and the chunks between them", async () => {
    const one = await model();
    const names: string[] = [];
    let text = "";
    let output: { text?: string } | undefined;
    for await (const event of one.streamEvents(freshQuestion(), { version: "v2" })) {
      names.push(event.event);
      if (event.event === "on_chat_model_stream") text += (event.data as { chunk: { text: string } }).chunk.text;
      if (event.event === "on_chat_model_end") output = (event.data as { output: { text?: string } }).output;
    }
    expect(names.filter((name) => name === "on_chat_model_start")).toHaveLength(1);
    expect(names.filter((name) => name === "on_chat_model_end")).toHaveLength(1);
    expect(output?.text).toBe(answered()[0]?.text);
    if (streamsInParts) expect(text).toBe(answered()[0]?.text);
  });
}
