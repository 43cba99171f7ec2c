import { ContextualCompressionRetriever } from "@langchain/classic/retrievers/contextual_compression";
import { Document } from "@langchain/core/documents";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate, PromptTemplate } from "@langchain/core/prompts";
import { BaseRetriever } from "@langchain/core/retrievers";
import { RunnablePassthrough } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import { approximateTokenCounter, isSavingsEvent, SAVINGS_EVENT, type SavingsEvent } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Compressor } from "../compressor.ts";
import { ExtractiveCompressor } from "../extractive/extractive-compressor.ts";
import { StopWordCompressor } from "../stop-words/stop-word-compressor.ts";
import { CompressingDocumentCompressor } from "./compressing-document-compressor.ts";
import { compressPrompt } from "./compress-prompt.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());
const model = () => new ChatOpenAI({ model: "gpt-4o", apiKey: "sk-test", configuration: { baseURL: server.url }, maxRetries: 0 });

const options = { minTokens: 10, tokenCounter: approximateTokenCounter, timeoutMs: 10_000 };
const page = (name: string): string =>
  Array.from({ length: 50 }, (_value, row) => `The ${name} number ${row} stands in the yard ${row % 7} of the town.`).join(" ");

class Shelf extends BaseRetriever {
  lc_namespace = ["tests"];
  override _getRelevantDocuments(): Promise<Document[]> {
    return Promise.resolve(
      ["wagon", "lorry"].map((name) => new Document({ pageContent: page(name), metadata: { name, at: { page: 3 } }, id: name })),
    );
  }
}

describe("ContextualCompressionRetriever", () => {
  const retrieverWith = (compressor: Compressor, events: SavingsEvent[] = []) =>
    new ContextualCompressionRetriever({
      baseRetriever: new Shelf(),
      baseCompressor: new CompressingDocumentCompressor({
        compressor,
        rate: 0.2,
        ...options,
        model: "gpt-4o",
        onEvent: (event) => events.push(event),
        logger: false,
      }),
    });

  it("keeps what answers the query, in documents with their metadata and ids, and reports the saving", async () => {
    const events: SavingsEvent[] = [];
    const documents = await retrieverWith(new ExtractiveCompressor(), events).invoke("In which yard stands lorry number 31?");
    const lorry = documents.find(({ id }) => id === "lorry");
    expect(lorry?.pageContent).toContain("The lorry number 31 stands in the yard 3 of the town.");
    expect(lorry?.metadata).toEqual({ name: "lorry", at: { page: 3 } });
    const kept = documents.reduce((sum, { pageContent }) => sum + pageContent.length, 0);
    expect(kept).toBeLessThan(0.22 * (page("wagon").length + page("lorry").length));
    expect(events).toHaveLength(1);
    expect(events[0]?.usage?.inputTokens).toBeGreaterThan(1_000);
    expect(events[0]?.nanoUsd).toBeGreaterThan(0);
  });

  it("gives back the documents as they are when the compressor fails", async () => {
    const broken: Compressor = {
      name: "broken",
      version: "1",
      lossless: false,
      questionAware: true,
      compress: () => Promise.reject(new Error("no model")),
    };
    const documents = await retrieverWith(broken).invoke("Where?");
    expect(documents.map(({ pageContent }) => pageContent)).toEqual([page("wagon"), page("lorry")]);
  });

  it("works with no documents at all", async () => {
    const compressor = new CompressingDocumentCompressor({ compressor: new ExtractiveCompressor(), rate: 0.5, ...options });
    expect(await compressor.compressDocuments([], "Where?")).toEqual([]);
  });
});

describe("compressPrompt in a chain", () => {
  it("stands between prompt and model: the model gets less, the system prompt whole, and the run's callbacks the saving", async () => {
    const events: unknown[] = [];
    const chain = RunnablePassthrough.assign({ context: () => page("wagon") })
      .pipe(
        ChatPromptTemplate.fromMessages([
          ["system", "Be the kind clerk of the yard."],
          ["human", "Read the list.\n\n{context}\n\nIn which yard stands {what}?"],
        ]),
      )
      .pipe(compressPrompt(new ExtractiveCompressor({ rate: 0.3 }), { ...options, model: "gpt-4o" }))
      .pipe(model())
      .pipe(new StringOutputParser());
    server.script(["In yard 3."]);
    const answer = await chain.invoke(
      { what: "the wagon number 31" },
      { callbacks: [{ handleCustomEvent: (name: string, data: unknown) => void (name === SAVINGS_EVENT && events.push(data)) }] },
    );
    expect(answer).toBe("In yard 3.");
    const [system, human] = server.journal[0]?.request.messages ?? [];
    expect(system?.text).toBe("Be the kind clerk of the yard.");
    expect(human?.text).toMatch(/^Read the list\./);
    expect(human?.text).toContain("The wagon number 31 stands in the yard 3");
    expect(human?.text).toMatch(/In which yard stands the wagon number 31\?$/);
    expect(human?.text.length).toBeLessThan(0.5 * page("wagon").length);
    expect(events).toHaveLength(1);
    expect(isSavingsEvent(events[0])).toBe(true);
  });

  it("takes a string prompt, streams, and batches", async () => {
    const step = compressPrompt(new StopWordCompressor({ level: "strong" }), options);
    const prompt = PromptTemplate.fromTemplate("{context}").pipe(step);
    const value = await prompt.invoke({ context: page("lorry") });
    expect(value.constructor.name).toBe("StringPromptValue");
    const results = await step.batch([page("a"), page("b"), "short"]);
    expect(results.map((text) => (text as string).length < page("a").length)).toEqual([true, true, true]);
    expect(results[2]).toBe("short");
    server.script(["one two"]);
    let streamed = "";
    for await (const chunk of await step.pipe(model()).stream(page("c"))) streamed += chunk.text;
    expect(streamed).toBe("one two");
  });

  it("rejects for an abort with the signal's reason", async () => {
    const step = compressPrompt(new StopWordCompressor(), options);
    await expect(step.invoke(page("a"), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow();
  });
});
