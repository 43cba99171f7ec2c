import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { freshQuestion } from "./fresh-question.ts";
import { billed, type SuiteKit } from "./suite-kit.ts";

/** One answer at a time, or many at once. */
export function callTests({ check, expect, model, server, answered }: SuiteKit): void {
  check("invoke: a text in, an AI message out, with the provider's text, id and usage", async () => {
    const question = freshQuestion();
    const message = await (await model()).invoke(question);
    const [entry] = answered();
    expect(message.getType()).toBe("ai");
    expect(message.text).toBe(entry?.text);
    expect(message.text.length).toBeGreaterThan(0);
    expect(entry?.request.text).toBe(question);
    expect(entry && message.usage_metadata).toMatchObject(entry ? billed(entry) : {});
    expect(message.response_metadata["finish_reason"]).toBe("stop");
    expect(server().journal).toHaveLength(1);
  });

  check("invoke: a conversation arrives with its roles and in order", async () => {
    const question = freshQuestion();
    await (
      await model()
    ).invoke([new SystemMessage("Be brief."), new HumanMessage("Hello."), new AIMessage("Hi."), new HumanMessage(question)]);
    expect(answered()[0]?.request.messages.map(({ role, text }) => [role, text])).toEqual([
      ["system", "Be brief."],
      ["user", "Hello."],
      ["assistant", "Hi."],
      ["user", question],
    ]);
  });

  check("invoke: tuples, message-like objects and prompt values are understood", async () => {
    const one = await model();
    const questions = [freshQuestion(), freshQuestion(), freshQuestion()] as const;
    await one.invoke([["human", questions[0]]]);
    await one.invoke([{ role: "user", content: questions[1] }]);
    await one.invoke(await ChatPromptTemplate.fromTemplate("{question}").invoke({ question: questions[2] }));
    expect(answered().map(({ request }) => request.text)).toEqual([...questions]);
  });

  check("invoke: does not change the messages it is given", async () => {
    const messages = [new SystemMessage("Be brief."), new HumanMessage(freshQuestion())];
    const before = JSON.stringify(messages);
    await (await model()).invoke(messages);
    expect(JSON.stringify(messages)).toBe(before);
  });

  check("batch: answers in the order of the questions", async () => {
    const questions = Array.from({ length: 5 }, freshQuestion);
    const messages = await (await model()).batch(questions, { maxConcurrency: 2 });
    const texts = new Map(answered().map(({ request, text }) => [request.text, text]));
    expect(messages.map(({ text }) => text)).toEqual(questions.map((question) => texts.get(question)));
    expect(new Set(messages.map(({ text }) => text)).size).toBe(5);
    expect(await (await model()).batch([])).toEqual([]);
  });

  check("batch: a failure is returned in its place where that is asked for", async () => {
    const questions = [freshQuestion(), freshQuestion()] as const;
    server().reply({ text: questions[0], answer: { status: 400 } });
    const [failed, message] = await (await model()).batch([...questions], {}, { returnExceptions: true });
    expect(failed instanceof Error).toBe(true);
    expect((message as AIMessage).getType()).toBe("ai");
  });

  check("calls at once: each gets the answer to its own question", async () => {
    const one = await model();
    const questions = Array.from({ length: 20 }, freshQuestion);
    const texts = await Promise.all(questions.map(async (question) => (await one.invoke(question)).text));
    const served = new Map(answered().map(({ request, text }) => [request.text, text]));
    expect(texts).toEqual(questions.map((question) => served.get(question)));
  });

  check("call options: stop sequences and a binding reach the provider, the call before the binding", async () => {
    const one = await model();
    await one.invoke(freshQuestion(), { stop: ["END"] });
    await one.withConfig({ stop: ["BOUND"] } as never).invoke(freshQuestion());
    await one.withConfig({ stop: ["BOUND"] } as never).invoke(freshQuestion(), { stop: ["CALL"] });
    expect(answered().map(({ request }) => request.body["stop"])).toEqual([["END"], ["BOUND"], ["CALL"]]);
  });

  check("multi-modal: an image goes to the provider as it is", async () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } };
    await (await model()).invoke([new HumanMessage({ content: [{ type: "text", text: freshQuestion() }, image] })]);
    const [entry] = answered();
    expect(entry?.request.messages[0]?.attachments).toBe(1);
    expect(JSON.stringify(entry?.request.body["messages"])).toContain(image.image_url.url);
    expect(JSON.stringify(entry?.request.body["messages"])).toContain('"detail":"low"');
  });

  check("multi-modal: LangChain's standard blocks are translated for the provider", async () => {
    const block = { type: "image", source_type: "base64", mime_type: "image/png", data: "iVBORw0KGgo=" };
    await (await model()).invoke([new HumanMessage({ content: [{ type: "text", text: freshQuestion() }, block] as never })]);
    expect(answered()[0]?.request.messages[0]?.attachments).toBe(1);
    expect(JSON.stringify(answered()[0]?.request.body["messages"])).toContain("image_url");
  });

  check("cache: LangChain's own answers the second call without a request", async () => {
    const one = await model({ cache: new InMemoryCache() });
    const question = freshQuestion();
    const [first, second] = [await one.invoke(question), await one.invoke(question)];
    expect(second.text).toBe(first.text);
    expect(server().journal).toHaveLength(1);
  });

  check("pipe: works between a prompt and a parser", async () => {
    const question = freshQuestion();
    const chain = ChatPromptTemplate.fromMessages([
      ["system", "Be brief."],
      ["human", "{question}"],
    ])
      .pipe(await model())
      .pipe(new StringOutputParser());
    expect(await chain.invoke({ question })).toBe(answered()[0]?.text);
    expect((await chain.batch([{ question: freshQuestion() }, { question: freshQuestion() }])).length).toBe(2);
  });

  check("errors: what the provider refuses rejects, with its status", async () => {
    server().reply({ answer: { status: 400, error: { message: "No such thing." } } });
    let failure: unknown;
    try {
      await (await model()).invoke(freshQuestion());
    } catch (error) {
      failure = error;
    }
    expect(failure instanceof Error).toBe(true);
    expect((failure as Error).message).toContain("No such thing.");
    expect((failure as { status?: unknown }).status).toBe(400);
  });

  check("identity: a chat model with a type and a name, and no secret in what it shows", async () => {
    const one = await model();
    expect(one._modelType()).toBe("base_chat_model");
    expect(one._llmType().length).toBeGreaterThan(0);
    expect(one.getName().length).toBeGreaterThan(0);
    expect(typeof one.bindTools).toBe("function");
    expect(JSON.stringify(one)).not.toContain("sk-very-secret");
  });
}
