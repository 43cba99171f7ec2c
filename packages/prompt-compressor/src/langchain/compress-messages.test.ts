import { Document } from "@langchain/core/documents";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { approximateTokenCounter, type SavingsEvent } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { ExtractiveCompressor } from "../extractive/extractive-compressor.ts";
import { StopWordCompressor } from "../stop-words/stop-word-compressor.ts";
import { CompressingDocumentCompressor } from "./compressing-document-compressor.ts";
import { compressMessages, type CompressMessagesOptions } from "./compress-messages.ts";
import { compressPrompt } from "./compress-prompt.ts";

const text = (seed: string): string =>
  Array.from({ length: 60 }, (_value, row) => `The parcel ${seed}${row} is in the shelf ${row % 9} of the hall.`).join(" ");
const options = { minTokens: 10, tokenCounter: approximateTokenCounter };
const conversation = (): (SystemMessage | HumanMessage | AIMessage | ToolMessage)[] => [
  new SystemMessage(text("s")),
  new HumanMessage(text("a")),
  new AIMessage(text("b")),
  new HumanMessage(text("c")),
  new ToolMessage({ content: text("d"), tool_call_id: "1", id: "tool" }),
];

describe("compressMessages", () => {
  it("touches only what comes after the last answer", async () => {
    const given = conversation();
    const { messages, savedTokens, savedCachedTokens } = await compressMessages(given, new StopWordCompressor(), options);
    expect(messages.slice(0, 3)).toEqual(given.slice(0, 3));
    expect(messages[3]?.text.length).toBeLessThan(text("c").length);
    expect(messages[4]).toMatchObject({ id: "tool", tool_call_id: "1" });
    expect(savedTokens).toBeGreaterThan(0);
    expect(savedCachedTokens).toBe(0);
    expect(given[3]?.text).toBe(text("c"));
  });

  it("sends the same bytes when the message has become old, and when another process compresses it", async () => {
    const compressor = new ExtractiveCompressor({ rate: 0.5 });
    const first = await compressMessages(conversation(), compressor, options);
    const later = [...conversation(), new AIMessage("ok"), new HumanMessage("And where is the parcel x3?")];
    const second = await compressMessages(later, compressor, options);
    expect(second.messages.slice(0, 5).map(({ content }) => content)).toEqual(first.messages.map(({ content }) => content));
    expect(second.savedCachedTokens).toBe(first.savedTokens);
    const elsewhere = await compressMessages(conversation(), new ExtractiveCompressor({ rate: 0.5 }), options);
    expect(elsewhere.messages.map(({ content }) => content)).toEqual(first.messages.map(({ content }) => content));
  });

  it("leaves everything up to the last breakpoint and every tool error", async () => {
    const marked = new HumanMessage({ content: [{ type: "text", text: text("m"), cache_control: { type: "ephemeral" } }] });
    const failed = new ToolMessage({ content: text("f"), tool_call_id: "1", status: "error" });
    const { messages, savedTokens } = await compressMessages(
      [new HumanMessage(text("e")), marked, failed],
      new StopWordCompressor(),
      options,
    );
    expect(messages.map(({ content }) => content)).toEqual([text("e"), marked.content, text("f")]);
    expect(savedTokens).toBe(0);
  });

  it("remembers nothing of one check for another, nor of one counter for another", async () => {
    const compressor = new StopWordCompressor();
    const given = [new HumanMessage(text("k"))];
    const shortened = async (own: Partial<CompressMessagesOptions>) =>
      (await compressMessages(given, compressor, { ...options, ...own })).messages[0]?.text !== text("k");
    const refusing = { check: () => "no" };
    expect(await shortened({ guard: refusing })).toBe(false);
    expect(await shortened({ guard: { check: () => undefined } })).toBe(true);
    expect(await shortened({ guard: refusing })).toBe(false);
    expect(await shortened({ tokenCounter: { count: () => 0, isExact: () => false }, guard: false })).toBe(false);
    expect(await shortened({ guard: false })).toBe(true);
  });

  it("keeps images and other blocks", async () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    const { messages } = await compressMessages(
      [new HumanMessage({ content: [{ type: "text", text: text("g") }, image] })],
      new StopWordCompressor(),
      options,
    );
    expect(messages[0]?.content).toMatchObject([{ type: "text" }, image]);
  });
});

describe("compressPrompt", () => {
  it("gives back the type it got, in a chain", async () => {
    const events: SavingsEvent[] = [];
    const step = compressPrompt(new StopWordCompressor(), { ...options, model: "gpt-4o", onEvent: (event) => events.push(event) });
    const prompt = ChatPromptTemplate.fromMessages([
      ["system", "Be kind."],
      ["human", "{context}"],
    ]);
    const value = await prompt.pipe(step).invoke({ context: text("h") });
    expect(value).toHaveProperty("messages");
    const short = await step.invoke(text("h"));
    expect(typeof short).toBe("string");
    expect((short as string).length).toBeLessThan(text("h").length);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ strategy: "prompt-compressor", kind: "avoided", model: "gpt-4o" });
    expect(events[0]?.nanoUsd).toBeGreaterThan(0);
  });
});

describe("CompressingDocumentCompressor", () => {
  it("keeps metadata, ids and what answers", async () => {
    const documents = ["a", "b"].map((name) => new Document({ pageContent: text(name), metadata: { name }, id: name }));
    const retriever = new CompressingDocumentCompressor({ compressor: new ExtractiveCompressor(), rate: 0.3, ...options });
    const shown = await retriever.compressDocuments(documents, "Where is the parcel b17?");
    expect(shown.find(({ id }) => id === "b")).toMatchObject({ metadata: { name: "b" } });
    expect(shown.map(({ pageContent }) => pageContent).join(" ")).toContain("The parcel b17 is in the shelf");
    expect(shown.reduce((sum, { pageContent }) => sum + pageContent.length, 0)).toBeLessThan(text("a").length);
  });
});
