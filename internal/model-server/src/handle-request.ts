import type { IncomingHttpHeaders } from "node:http";
import type { AnswerBook } from "./answer-book.ts";
import type { AnswerOptions } from "./answer.ts";
import { badRequest, defaultMessage, errorBody, type ApiError } from "./api-error.ts";
import { checkRequest } from "./check-request.ts";
import { complete, type Completion } from "./completion.ts";
import type { Exchange } from "./exchange.ts";
import { newEntry, type MutableEntry } from "./journal.ts";
import { asString, type JsonRecord } from "./json.ts";
import type { RequestKind } from "./model-request.ts";
import type { ModelServerOptions } from "./model-server.ts";
import { parseOutputItems } from "./parse-responses.ts";
import { parseRequest, type ParsedRequest } from "./parse-request.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { ParsedMessage } from "./prompt-tokens.ts";
import { renderChat } from "./render-chat.ts";
import { renderEmbeddings } from "./render-embeddings.ts";
import { outputItems, renderResponse } from "./render-responses.ts";
import { costOf, type ServedModel } from "./served-model.ts";
import { streamChat } from "./stream-chat.ts";
import { streamResponse } from "./stream-responses.ts";
import type { TokenUsage } from "./token-usage.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

/** What the requests of one server share. */
export interface ServerState {
  readonly options: Required<Omit<ModelServerOptions, "port" | "host">>;
  readonly journal: MutableEntry[];
  readonly answers: AnswerBook;
  readonly promptCache: PromptCache;
  /** Messages up to and including each stored response, by its id. */
  readonly responses: Map<string, readonly ParsedMessage[]>;
}

interface Handling {
  readonly state: ServerState;
  readonly exchange: Exchange;
  readonly entry: MutableEntry;
  readonly model: ServedModel;
  readonly tokenizer: Tokenizer;
  readonly parsed: ParsedRequest;
  readonly answer: AnswerOptions;
}

/** Answers one request to a model and keeps its journal entry. */
export async function handleRequest(
  state: ServerState,
  exchange: Exchange,
  { kind, body, headers }: { kind: RequestKind; body: JsonRecord; headers: IncomingHttpHeaders },
): Promise<void> {
  const tokenizer = await loadTokenizer();
  const previousId = asString(body["previous_response_id"]);
  const earlier = previousId === undefined ? [] : state.responses.get(previousId);
  const parsed = parseRequest({ kind, index: state.journal.length, body, headers, earlier: earlier ?? [] }, tokenizer);
  const { request } = parsed;
  const listed = state.options.models.find((model) => model.id === request.model);
  const model = listed ?? { id: request.model };
  const entry = newEntry(request, state.options.clock.now());
  state.journal.push(entry);

  const refused =
    earlier === undefined
      ? badRequest(`Previous response with id '${previousId ?? ""}' not found.`, {
          param: "previous_response_id",
          code: "previous_response_not_found",
        })
      : refusal(state, parsed, listed);
  if (refused !== undefined) {
    entry.source = "server";
    await sendError(exchange, entry, refused.status, errorBody(refused.status, refused));
    return;
  }

  try {
    const { answer, source } = await state.answers.choose(request, model);
    entry.source = source;
    await give({ state, exchange, entry, model, tokenizer, parsed, answer });
  } catch (error) {
    // An answer function of the user threw: say so where the test will see it.
    const message = `The answer for this request threw: ${error instanceof Error ? error.message : String(error)}`;
    if (exchange.response.headersSent) exchange.cut();
    else await sendError(exchange, entry, 500, errorBody(500, { message }));
  }
}

function refusal({ options }: ServerState, { request, messages }: ParsedRequest, listed: ServedModel | undefined): ApiError | undefined {
  if (options.listedOnly && listed === undefined && request.model !== "")
    return { status: 404, message: defaultMessage(404, request.model) };
  const limit = listed?.contextTokens;
  if (limit !== undefined && request.inputTokens > limit) {
    return badRequest(
      `This model's maximum context length is ${limit} tokens. However, your messages resulted in ${request.inputTokens} tokens. ` +
        "Please reduce the length of the messages.",
      { param: "messages", code: "context_length_exceeded" },
    );
  }
  return checkRequest(request.kind, request.body, messages);
}

async function give(handling: Handling): Promise<void> {
  const { state, exchange, entry, answer, parsed, model } = handling;
  const { request } = parsed;
  const { latencyMs } = state.options;
  await exchange.sleep((typeof latencyMs === "number" ? latencyMs : latencyMs(request)) + (answer.delayMs ?? 0));
  if (exchange.gone) return settle(handling, "aborted", spentOnInput(handling));

  if (answer.cut === "before") {
    entry.outcome = "cut";
    exchange.cut();
    return;
  }
  const status = answer.status ?? 200;
  if (status >= 400 || answer.error !== undefined) {
    const failing = status >= 400 ? status : 500;
    const error = answer.error ?? { message: defaultMessage(failing, request.model) };
    await sendError(exchange, entry, failing, answer.body ?? errorBody(failing, error), answer.headers);
    return;
  }
  entry.status = status;
  if (answer.body !== undefined) {
    settle(handling, "ok", typeof answer.usage === "object" ? { ...spentOnInput(handling), ...answer.usage } : null);
    await exchange.sendJson(status, answer.body, answer.headers, { half: answer.cut === "mid" });
    return;
  }
  if (request.kind === "embeddings") {
    const usage = { ...spentOnInput(handling), ...(typeof answer.usage === "object" ? answer.usage : {}) };
    settle(handling, answer.cut === "mid" ? "cut" : "ok", usage);
    const body = renderEmbeddings(request, model, answer, usage.inputTokens);
    await exchange.sendJson(status, body, answer.headers, { half: answer.cut === "mid" });
    return;
  }
  await giveCompletion(handling);
}

async function giveCompletion(handling: Handling): Promise<void> {
  const { state, exchange, entry, answer, parsed, model, tokenizer } = handling;
  const { request } = parsed;
  const { options } = state;
  const cachedTokens = options.promptCaching ? state.promptCache.look(request.model, parsed.prompt) : 0;
  const completion = complete({
    request,
    model,
    answer,
    tokenizer,
    cachedTokens,
    seed: options.seed,
    nowMs: options.clock.now(),
    newId: options.newId,
  });
  const [first] = completion.choices;
  entry.id = completion.id;
  entry.text = first?.text ?? null;
  entry.toolNames = first?.toolCalls.map((call) => call.name) ?? [];
  entry.serviceTier = completion.serviceTier;
  if (request.kind === "responses" && request.body["store"] !== false) remember(state, parsed, completion);

  if (!request.stream) {
    settle(handling, answer.cut === "mid" ? "cut" : "ok", completion.usage);
    const body = request.kind === "chat" ? renderChat(completion) : renderResponse(completion);
    await exchange.sendJson(200, body, answer.headers, { half: answer.cut === "mid" });
    return;
  }
  await stream(handling, completion);
}

async function stream(handling: Handling, completion: Completion): Promise<void> {
  const { state, exchange, answer, tokenizer } = handling;
  const { options } = state;
  const streamOptions = {
    tokenizer,
    tokensPerChunk: answer.tokensPerChunk ?? options.tokensPerChunk,
    roleOnFirstDelta: answer.roleOnFirstDelta ?? options.roleOnFirstDelta,
  };
  const events = [...(completion.request.kind === "chat" ? streamChat : streamResponse)(completion, streamOptions)];
  const whole = events.reduce((sum, event) => sum + event.tokens, 0);
  let sent = 0;
  let finished = false;

  await exchange.sendEvents(events, {
    headers: answer.headers ?? {},
    delayMs: answer.chunkDelayMs ?? options.chunkDelayMs,
    onEvent(event) {
      if (answer.cut === "mid" && sent > 0 && sent + event.tokens > whole / 2) return false;
      sent += event.tokens;
      if (event === events.at(-1)) {
        // Before the last bytes leave, so that the client finds the entry complete when it has them.
        finished = true;
        settle(handling, "ok", completion.usage);
      }
      return true;
    },
  });
  if (finished) return;
  settle(handling, exchange.gone ? "aborted" : "cut", spentSoFar(completion.usage, whole === 0 ? 0 : sent / whole));
  exchange.cut();
}

/** A share of the visible output; reasoning comes before it and is spent. */
function spentSoFar(usage: TokenUsage, share: number): TokenUsage {
  const visible = Math.max(0, usage.outputTokens - usage.reasoningTokens);
  return { ...usage, outputTokens: usage.outputTokens - visible + Math.round(visible * share) };
}

function spentOnInput({ parsed }: Handling): TokenUsage {
  return { inputTokens: parsed.request.inputTokens, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
}

function settle({ entry, model }: Handling, outcome: MutableEntry["outcome"], usage: TokenUsage | null): void {
  entry.outcome = outcome;
  entry.usage = usage;
  const rates = model.ratesByTier?.[entry.serviceTier ?? ""] ?? model.rates;
  entry.nanoUsd = usage === null || rates === undefined ? null : costOf(usage, rates);
}

async function sendError(
  exchange: Exchange,
  entry: MutableEntry,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<void> {
  entry.outcome = "error";
  entry.status = status;
  await exchange.sendJson(status, body, headers);
}

const keptResponses = 256;

function remember({ responses }: ServerState, { messages }: ParsedRequest, completion: Completion): void {
  // Instructions do not carry over to the next response.
  const carried = messages.filter(
    (message, index) => !(index === 0 && completion.request.body["instructions"] !== undefined && message.role === "system"),
  );
  responses.set(completion.id, [...carried, ...parseOutputItems(outputItems(completion))]);
  const [oldest] = responses.keys();
  if (responses.size > keptResponses && oldest !== undefined) responses.delete(oldest);
}
