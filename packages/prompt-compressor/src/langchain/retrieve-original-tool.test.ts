import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { InvalidOptionError } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ExtractiveCompressor } from "../extractive/extractive-compressor.ts";
import { memoryOriginalStore, type OriginalStore } from "../originals/original-store.ts";
import { promptCompressionMiddleware } from "./prompt-compression-middleware.ts";
import { retrieveOriginalTool } from "./retrieve-original-tool.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const whole = Array.from({ length: 60 }, (_value, row) => `The crate ${row} of the cellar ${row % 7} holds the tiles of the roof.`).join(
  "\n",
);
const listCrates = tool(async () => whole, { name: "crates", description: "Lists crates.", schema: z.object({}) });

function agentWith(store: OriginalStore, warnings: string[] = []) {
  const model = new ChatOpenAI({ model: "gpt-4o", apiKey: "sk-test", configuration: { baseURL: server.url }, maxRetries: 0 });
  let ids = 0;
  const middleware = promptCompressionMiddleware({
    compressor: new ExtractiveCompressor({ rate: 0.3 }),
    minTokens: 50,
    keepOriginal: store,
    retrieveTool: true,
    newId: () => `id-${(ids += 1)}`,
    timeoutMs: 5_000,
    logger: { warn: (text) => void warnings.push(text) },
  });
  return createAgent({ model, tools: [listCrates], middleware: [middleware] });
}

const call = (name: string, args: Record<string, string>) => ({ toolCalls: [{ name, args }] });
const texts = (messages: readonly unknown[]): string[] => messages.filter((one) => ToolMessage.isInstance(one)).map(({ text }) => text);

describe("retrieveOriginalTool in an agent", () => {
  it("gives the whole text for the id that stands below the short one", async () => {
    server.script([call("crates", {}), call("retrieve_original", { id: "id-1" }), "done"]);
    const { messages } = await agentWith(memoryOriginalStore()).invoke({ messages: [new HumanMessage("Where is crate 12?")] });
    const [short = "", retrieved] = texts(messages);
    expect(short).toMatch(/\n\[shortened; whole: retrieve_original "id-1"\]$/);
    expect(short.length).toBeLessThan(whole.length / 2);
    // Not shortened again.
    expect(retrieved).toBe(whole);
    expect(server.journal.at(-1)?.request.messages.at(-1)?.text).toBe(whole);
  });

  it("ends after three retrievals since the user's last message", async () => {
    const again = call("retrieve_original", { id: "id-1" });
    server.script([call("crates", {}), again, again, again, again, "done"]);
    const { messages } = await agentWith(memoryOriginalStore()).invoke(
      { messages: [new HumanMessage("Where is crate 12?")] },
      { recursionLimit: 60 },
    );
    expect(texts(messages).map((text) => text === whole)).toEqual([false, true, true, true, false]);
    expect(texts(messages).at(-1)).toContain("No more than 3");
  });

  it("leaves a result whole where it cannot be kept", async () => {
    const warnings: string[] = [];
    const broken: OriginalStore = { set: () => Promise.reject(new Error("disk full")), get: () => Promise.resolve(undefined) };
    server.script([call("crates", {}), "done"]);
    const { messages } = await agentWith(broken, warnings).invoke({ messages: [new HumanMessage("Where is crate 12?")] });
    expect(texts(messages)).toEqual([whole]);
    expect(warnings).toHaveLength(1);
  });
});

describe("retrieveOriginalTool", () => {
  it("reads a long text in parts", async () => {
    const store = memoryOriginalStore();
    await store.set("a", "0123456789");
    const read = retrieveOriginalTool({ store, maxCharacters: 4 });
    expect(await read.invoke({ id: "a" } as never)).toBe("0123\n[6 characters more, from offset 4]");
    expect(await read.invoke({ id: "a", offset: 8 } as never)).toBe("89");
    expect(await read.invoke({ id: "a", offset: 80 } as never)).toContain("has 10 characters");
  });

  it("answers in words for an unknown id and for a store that fails or hangs", async () => {
    expect(await retrieveOriginalTool({ store: memoryOriginalStore() }).invoke({ id: "b" } as never)).toContain('no text under the id "b"');
    const failing: OriginalStore = { set: () => Promise.resolve(), get: () => Promise.reject(new Error("secret host")) };
    expect(await retrieveOriginalTool({ store: failing }).invoke({ id: "b" } as never)).toBe(
      "The text cannot be read now. Go on without it.",
    );
    const hanging: OriginalStore = { set: () => Promise.resolve(), get: () => new Promise(() => {}) };
    expect(await retrieveOriginalTool({ store: hanging, timeoutMs: 10 }).invoke({ id: "b" } as never)).toContain("cannot be read now");
  });

  it("refuses options that cannot work", () => {
    const compressor = new ExtractiveCompressor();
    const store = memoryOriginalStore();
    expect(() => retrieveOriginalTool({} as never)).toThrow(InvalidOptionError);
    expect(() => retrieveOriginalTool({ store, maxCharacters: 0 })).toThrow(InvalidOptionError);
    expect(() => retrieveOriginalTool({ store, maxRetrievals: 0 })).toThrow(InvalidOptionError);
    expect(() => promptCompressionMiddleware({ compressor, retrieveTool: true })).toThrow("`retrieveTool` needs a store");
    expect(() => promptCompressionMiddleware({ compressor, retrieveTool: true, keepOriginal: store, toolOutputs: "view" })).toThrow(
      "birth",
    );
    expect(() => promptCompressionMiddleware({ compressor, keepOriginal: {} as never })).toThrow("`keepOriginal` is no store");
  });
});
