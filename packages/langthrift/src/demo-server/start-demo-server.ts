import { createPriceBook, nanoUsd } from "@langthrift/core";
import { type Answer, costOf, type JournalRequest, type ServedModel, startModelServer } from "@langthrift/model-server";
import type { DemoReply, DemoRequest, DemoServer, DemoServerOptions } from "./demo-server.ts";

/**
 * Starts a local server that speaks the OpenAI protocol: chat completions and responses with streams, tools and JSON schemas, and embeddings.
 * Tokens are counted as OpenAI counts them, the answers are yours or made up. For examples and tests; it listens on 127.0.0.1 and takes any key.
 *
 * @throws the listen error when the port is taken.
 */
export async function startDemoServer({ replies = [], port = 0 }: DemoServerOptions = {}): Promise<DemoServer> {
  const server = await startModelServer({ port });
  for (const reply of replies) server.reply({ ...conditionsOf(reply), answer: answerOf(reply) });
  const prices = createPriceBook({ unknownPrice: "null", logger: false });
  const ratesOf = (model: string): ServedModel["rates"] | null => {
    const rates = prices.ratesOf({ model, provider: "openai" });
    return rates && { input: rates.input, output: rates.output, ...(rates.cacheRead !== undefined && { cacheRead: rates.cacheRead }) };
  };
  return {
    url: server.url,
    get requests() {
      return server.journal.filter(({ request }) => request.kind !== "embeddings").map(({ request }) => view(request));
    },
    invoice() {
      let total = 0;
      for (const { request, usage } of server.journal) {
        const rates = ratesOf(request.model);
        if (usage && rates) total += costOf(usage, rates);
      }
      return nanoUsd(total);
    },
    close: () => server.close(),
  };
}

function conditionsOf({ model, text }: DemoReply): { model?: string | RegExp; text?: string | RegExp } {
  return { ...(model !== undefined && { model }), ...(text !== undefined && { text }) };
}

function answerOf({ answer }: DemoReply): (request: JournalRequest) => Answer | undefined {
  return (request) => (typeof answer === "function" ? answer(view(request)) : answer);
}

function view({ model, text, messages, tools }: JournalRequest): DemoRequest {
  return { model, text, messages: messages.map(({ role, text }) => ({ role, text })), tools: tools.map(({ name }) => name) };
}
