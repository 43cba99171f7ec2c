import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAnswerBook } from "./answer-book.ts";
import { badRequest, defaultMessage, errorBody } from "./api-error.ts";
import { openExchange, readBody, type Exchange } from "./exchange.ts";
import { handleRequest, type ServerState } from "./handle-request.ts";
import { makeInvoice } from "./invoice.ts";
import { isRecord } from "./json.ts";
import type { RequestKind } from "./model-request.ts";
import type { ModelServer, ModelServerOptions } from "./model-server.ts";
import { createPromptCache } from "./prompt-cache.ts";
import type { ServedModel } from "./served-model.ts";
import { loadTokenizer } from "./tokenizer.ts";

const modelPaths: Readonly<Record<string, RequestKind>> = {
  "/v1/chat/completions": "chat",
  "/v1/responses": "responses",
  "/v1/embeddings": "embeddings",
};

/**
 * Starts a local server that speaks the OpenAI protocol: chat completions, responses, embeddings and models.
 *
 * @throws {RangeError} when a rate is not an integer of nano-dollars per million tokens.
 * @throws the listen error when the port is taken.
 */
export async function startModelServer({
  models = [],
  listedOnly = false,
  port = 0,
  host = "127.0.0.1",
  seed = 1,
  latencyMs = 0,
  chunkDelayMs = 0,
  tokensPerChunk = 4,
  roleOnFirstDelta = true,
  promptCaching = false,
  clock = { now: () => Date.now() },
  newId = () => randomUUID(),
}: ModelServerOptions = {}): Promise<ModelServer> {
  for (const model of models) checkRates(model);
  const state: ServerState = {
    options: { models, listedOnly, seed, latencyMs, chunkDelayMs, tokensPerChunk, roleOnFirstDelta, promptCaching, clock, newId },
    journal: [],
    answers: createAnswerBook(),
    promptCache: createPromptCache(),
    responses: new Map(),
  };
  const running = new Set<Promise<void>>();

  const server = createServer((request, response) => {
    const handled = route(state, request, response).finally(() => running.delete(handled));
    running.add(handled);
  });
  // The default of 5 s closes idle connections under a client that is busy for longer, and its next request fails.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // Loading takes half a second: begin now, fail (if ever) where it is awaited.
  loadTokenizer().catch(() => undefined);

  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/v1`,
    journal: state.journal,
    invoice: () => makeInvoice(state.journal),
    reply: (rule) => state.answers.reply(rule),
    script: (answers) => state.answers.script(answers),
    reset() {
      state.journal.length = 0;
      state.answers.clear();
      state.promptCache.clear();
      state.responses.clear();
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await Promise.all(running);
    },
  };
}

function checkRates({ id, rates, ratesByTier = {} }: ServedModel): void {
  for (const entry of [rates, ...Object.values(ratesByTier)]) {
    for (const [name, rate] of Object.entries(entry ?? {})) {
      if (!Number.isSafeInteger(rate) || rate < 0) {
        throw new RangeError(`Rate \`${name}\` of model "${id}" is ${rate}. Pass an integer of nano-dollars per million tokens.`);
      }
    }
  }
}

/** Never rejects: whatever goes wrong ends this request only. */
async function route(state: ServerState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = openExchange(request, response, `req_${state.options.newId()}`);
  try {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const kind = modelPaths[pathname];
    if (kind !== undefined && request.method === "POST") await routeToModel(state, exchange, kind, request);
    else if (pathname === "/v1/models" && request.method === "GET") await exchange.sendJson(200, listModels(state));
    else if (pathname.startsWith("/v1/models/") && request.method === "GET") await sendModel(state, exchange, pathname);
    else await sendUnknown(exchange, request.method ?? "", pathname);
  } catch (error) {
    if (response.headersSent || exchange.gone) exchange.cut();
    else await exchange.sendJson(500, errorBody(500, { message: error instanceof Error ? error.message : String(error) }));
  }
}

async function routeToModel(state: ServerState, exchange: Exchange, kind: RequestKind, request: IncomingMessage): Promise<void> {
  const body = parseJson(await readBody(request));
  if (isRecord(body)) await handleRequest(state, exchange, { kind, body, headers: request.headers });
  else await exchange.sendJson(400, errorBody(400, badRequest("We could not parse the JSON body of your request.")));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listModels({ options }: ServerState): unknown {
  return { object: "list", data: options.models.map((model) => describeModel(model.id)) };
}

function describeModel(id: string): unknown {
  return { id, object: "model", created: 1_700_000_000, owned_by: "model-server" };
}

async function sendModel({ options }: ServerState, exchange: Exchange, pathname: string): Promise<void> {
  const id = decodeURIComponent(pathname.slice("/v1/models/".length));
  const known = options.models.some((model) => model.id === id);
  if (known) await exchange.sendJson(200, describeModel(id));
  else await exchange.sendJson(404, errorBody(404, { message: defaultMessage(404, id) }));
}

async function sendUnknown(exchange: Exchange, method: string, pathname: string): Promise<void> {
  const message = `Unknown request URL: ${method} ${pathname}. This server has chat/completions, responses, embeddings and models under /v1.`;
  await exchange.sendJson(404, errorBody(404, { message, code: "unknown_url" }));
}
