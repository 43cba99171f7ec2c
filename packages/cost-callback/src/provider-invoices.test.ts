import { ChatAnthropic } from "@langchain/anthropic";
import { ChatBedrockConverse } from "@langchain/aws";
import { HumanMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import { ChatDeepSeek } from "@langchain/deepseek";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatGroq } from "@langchain/groq";
import { ChatMistralAI } from "@langchain/mistralai";
import { ChatOpenAI } from "@langchain/openai";
import type { Usage } from "@langthrift/core";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FixtureServer, startFixtureServer } from "./__fixtures__/fixture-server.ts";
import { CostCallbackHandler } from "./cost-callback-handler.ts";

let server: FixtureServer;
beforeAll(async () => {
  server = await startFixtureServer();
});
afterAll(() => server.close());

const openai =
  (model: string, fields: object = {}) =>
  () =>
    new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, ...fields, configuration: { baseURL: `${server.url}/v1` } });
const anthropic = () => new ChatAnthropic({ model: "claude-sonnet-4-5", apiKey: "none", maxRetries: 0, anthropicApiUrl: server.url });
const google = () => new ChatGoogleGenerativeAI({ model: "gemini-2.5-flash", apiKey: "none", maxRetries: 0, baseUrl: server.url });
const mistral = (model = "mistral-small-latest") => new ChatMistralAI({ model, apiKey: "none", maxRetries: 0, serverURL: server.url });
const groq = (model = "llama-3.3-70b-versatile") => new ChatGroq({ model, apiKey: "none", maxRetries: 0, baseUrl: server.url });
const deepseek = () => new ChatDeepSeek({ model: "deepseek-chat", apiKey: "none", maxRetries: 0, configuration: { baseURL: server.url } });
const bedrock = (model: string) => () =>
  new ChatBedrockConverse({
    model,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    // The client insists on HTTPS and HTTP/2; its requests are carried to the local server over plain HTTP.
    clientOptions: { requestHandler: { handle: overHttp } },
  });

async function overHttp(request: { path: string; method: string; body?: string }) {
  const { status, headers, body } = await fetch(`${server.url}${request.path}`, { method: request.method, body: request.body ?? null });
  return { response: { statusCode: status, headers: Object.fromEntries(headers), body: body && Readable.fromWeb(body as never) } };
}

interface GoldenCase {
  readonly name: string;
  readonly model: () => Runnable<string | HumanMessage[]>;
  /** @default "hello" */
  readonly input?: HumanMessage[];
  readonly body: string;
  readonly stream?: boolean;
  readonly usage: Usage;
  /** tokens x published US dollars for a million tokens, by hand. */
  readonly invoice: readonly (readonly [tokens: number, usdPerMillion: number])[];
  /** Fixed prices: searches. */
  readonly extraUsd?: number;
  readonly estimateReasons?: readonly string[];
}

const cases: readonly GoldenCase[] = [
  {
    name: "OpenAI chat, partly cached",
    model: openai("gpt-4.1-mini"),
    body: "openai-chat.json",
    usage: { inputTokens: 2050, cacheReadTokens: 1920, outputTokens: 117 },
    invoice: [
      [130, 0.4],
      [1920, 0.1],
      [117, 1.6],
    ],
  },
  {
    name: "OpenAI chat, n = 3",
    model: openai("gpt-4.1-mini", { n: 3 }),
    body: "openai-chat-n3.json",
    usage: { inputTokens: 14, outputTokens: 9 },
    invoice: [
      [14, 0.4],
      [9, 1.6],
    ],
  },
  {
    name: "OpenAI chat stream",
    model: openai("gpt-4.1-mini"),
    body: "openai-chat-stream.sse",
    stream: true,
    usage: { inputTokens: 11, outputTokens: 3 },
    invoice: [
      [11, 0.4],
      [3, 1.6],
    ],
  },
  {
    name: "OpenAI-compatible stream without a role on the first delta",
    model: openai("gpt-4.1-mini"),
    body: "openai-chat-stream-no-role.sse",
    stream: true,
    usage: { inputTokens: 11, outputTokens: 3 },
    invoice: [
      [11, 0.4],
      [3, 1.6],
    ],
  },
  {
    name: "OpenAI chat, flex: half price, and the client drops the tier that served",
    model: openai("gpt-5", { service_tier: "flex" }),
    body: "openai-chat-flex.json",
    usage: { inputTokens: 10_001, cacheReadTokens: 4096, outputTokens: 2003, reasoningTokens: 1856 },
    invoice: [
      [5905, 0.625],
      [4096, 0.0625],
      [2003, 5],
    ],
    estimateReasons: ["served-tier-not-reported"],
  },
  {
    name: "OpenAI chat stream, flex",
    model: openai("gpt-5", { service_tier: "flex" }),
    body: "openai-chat-stream-flex.sse",
    stream: true,
    usage: { inputTokens: 11, outputTokens: 3 },
    invoice: [
      [11, 0.625],
      [3, 5],
    ],
  },
  {
    name: "OpenAI chat, audio in and out",
    model: openai("gpt-4o-audio-preview"),
    body: "openai-chat-audio.json",
    usage: { inputTokens: 135, inputAudioTokens: 101, outputTokens: 58, outputAudioTokens: 43 },
    invoice: [
      [34, 2.5],
      [101, 40],
      [15, 10],
      [43, 80],
    ],
  },
  {
    name: "OpenAI responses, reasoning",
    model: openai("gpt-5-mini", { useResponsesApi: true }),
    body: "openai-responses.json",
    usage: { inputTokens: 1500, cacheReadTokens: 1024, outputTokens: 709, reasoningTokens: 640 },
    invoice: [
      [476, 0.25],
      [1024, 0.025],
      [709, 2],
    ],
  },
  {
    name: "OpenAI responses stream",
    model: openai("gpt-5-mini", { useResponsesApi: true }),
    body: "openai-responses-stream.sse",
    stream: true,
    usage: { inputTokens: 1500, cacheReadTokens: 1024, outputTokens: 709, reasoningTokens: 640 },
    invoice: [
      [476, 0.25],
      [1024, 0.025],
      [709, 2],
    ],
  },
  {
    name: "OpenAI responses with two web searches at $10 a thousand",
    model: openai("gpt-5-mini", { useResponsesApi: true }),
    body: "openai-responses-web-search.json",
    usage: { inputTokens: 9000, outputTokens: 120, webSearches: 2 },
    invoice: [
      [9000, 0.25],
      [120, 2],
    ],
    extraUsd: 0.02,
  },
  {
    name: "Anthropic, cache reads, writes for five minutes and for an hour",
    model: anthropic,
    body: "anthropic-message.json",
    usage: { inputTokens: 7025, cacheReadTokens: 2000, cacheWriteTokens: 5000, cacheWrite1hTokens: 3200, outputTokens: 19 },
    invoice: [
      [25, 3],
      [2000, 0.3],
      [1800, 3.75],
      [3200, 6],
      [19, 15],
    ],
  },
  {
    name: "Anthropic stream",
    model: anthropic,
    body: "anthropic-stream.sse",
    stream: true,
    usage: { inputTokens: 7025, cacheReadTokens: 2000, cacheWriteTokens: 5000, cacheWrite1hTokens: 3200, outputTokens: 20 },
    invoice: [
      [25, 3],
      [2000, 0.3],
      [1800, 3.75],
      [3200, 6],
      [20, 15],
    ],
  },
  {
    name: "Anthropic web search at $10 a thousand",
    model: anthropic,
    body: "anthropic-web-search.json",
    usage: { inputTokens: 6039, outputTokens: 931, webSearches: 1 },
    invoice: [
      [6039, 3],
      [931, 15],
    ],
    extraUsd: 0.01,
  },
  {
    name: "Anthropic stream with a web search: its client drops the 8,003 tokens of input that the results were",
    model: () => anthropic().bindTools([{ type: "web_search_20250305", name: "web_search" }]),
    body: "anthropic-stream-web-search.sse",
    stream: true,
    usage: { inputTokens: 2679, outputTokens: 510, webSearches: 1 },
    invoice: [
      [2679, 3],
      [510, 15],
    ],
    extraUsd: 0.01,
    estimateReasons: ["server-tool-input-not-reported"],
  },
  {
    name: "Google, thoughts that its client drops",
    model: google,
    body: "google-generate.json",
    usage: { inputTokens: 1200, cacheReadTokens: 1024, outputTokens: 358, reasoningTokens: 350 },
    invoice: [
      [176, 0.3],
      [1024, 0.03],
      [358, 2.5],
    ],
    estimateReasons: ["thoughts-from-total"],
  },
  {
    name: "Google stream",
    model: google,
    body: "google-stream.sse",
    stream: true,
    usage: { inputTokens: 1200, outputTokens: 358, reasoningTokens: 350 },
    invoice: [
      [1200, 0.3],
      [358, 2.5],
    ],
    estimateReasons: ["thoughts-from-total"],
  },
  {
    name: "Mistral",
    model: mistral,
    body: "mistral-chat.json",
    usage: { inputTokens: 1600, outputTokens: 34 },
    invoice: [
      [1600, 0.1],
      [34, 0.3],
    ],
    // Nothing was cached; the client does not say.
    estimateReasons: ["cache-reads-not-reported"],
  },
  {
    name: "Mistral stream",
    model: mistral,
    body: "mistral-stream.sse",
    stream: true,
    usage: { inputTokens: 1600, outputTokens: 34 },
    invoice: [
      [1600, 0.1],
      [34, 0.3],
    ],
    estimateReasons: ["cache-reads-not-reported"],
  },
  {
    name: "Mistral, partly cached: its client drops that, and the whole prompt is charged in full",
    model: () => mistral("mistral-medium-2508"),
    body: "mistral-chat-cached.json",
    usage: { inputTokens: 1600, outputTokens: 34 },
    invoice: [
      [1600, 0.4],
      [34, 2],
    ],
    estimateReasons: ["cache-reads-not-reported"],
  },
  {
    name: "Groq",
    model: groq,
    body: "groq-chat.json",
    usage: { inputTokens: 718, outputTokens: 556 },
    invoice: [
      [718, 0.59],
      [556, 0.79],
    ],
  },
  {
    name: "Groq stream",
    model: groq,
    body: "groq-stream.sse",
    stream: true,
    usage: { inputTokens: 718, outputTokens: 556 },
    invoice: [
      [718, 0.59],
      [556, 0.79],
    ],
  },
  {
    name: "Groq, partly cached: the integration drops that, the answer it leaves on the message has it",
    model: () => groq("openai/gpt-oss-120b"),
    body: "groq-chat-cached.json",
    usage: { inputTokens: 4641, cacheReadTokens: 4608, outputTokens: 1817 },
    invoice: [
      [33, 0.15],
      [4608, 0.075],
      [1817, 0.6],
    ],
  },
  {
    name: "Groq stream, partly cached",
    model: () => groq("openai/gpt-oss-120b"),
    body: "groq-stream-cached.sse",
    stream: true,
    usage: { inputTokens: 4641, cacheReadTokens: 4608, outputTokens: 1817 },
    invoice: [
      [33, 0.15],
      [4608, 0.075],
      [1817, 0.6],
    ],
  },
  {
    name: "Google, audio in: its client drops which of the tokens were audio, and all are charged as text",
    model: google,
    input: [
      new HumanMessage({
        content: [
          { type: "text", text: "What do you hear?" },
          { type: "media", mimeType: "audio/wav", data: "UklGRg==" },
        ],
      }),
    ],
    body: "google-audio.json",
    usage: { inputTokens: 328, outputTokens: 5 },
    invoice: [
      [328, 0.3],
      [5, 2.5],
    ],
    estimateReasons: ["audio-tokens-not-reported"],
  },
  {
    name: "DeepSeek stream, partly cached",
    model: deepseek,
    body: "deepseek-stream.sse",
    stream: true,
    usage: { inputTokens: 2100, cacheReadTokens: 1984, outputTokens: 300 },
    invoice: [
      [116, 0.28],
      [1984, 0.028],
      [300, 0.42],
    ],
  },
  {
    name: "DeepSeek, partly cached",
    model: deepseek,
    body: "deepseek-chat.json",
    usage: { inputTokens: 2100, cacheReadTokens: 1984, outputTokens: 300 },
    invoice: [
      [116, 0.28],
      [1984, 0.028],
      [300, 0.42],
    ],
  },
  ...["anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"].map((id) => ({
    name: `Bedrock in a region, a tenth dearer: ${id}`,
    model: bedrock(id),
    body: "bedrock-converse.json",
    usage: { inputTokens: 3125, cacheReadTokens: 2000, cacheWriteTokens: 1000, outputTokens: 60 },
    invoice: [
      [125, 3.3],
      [2000, 0.33],
      [1000, 4.125],
      [60, 16.5],
    ] as const,
  })),
  ...["amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"].map((id) => ({
    name: `Bedrock, another vendor's model: ${id}`,
    model: bedrock(id),
    body: "bedrock-converse-plain.json",
    usage: { inputTokens: 1000, outputTokens: 50 },
    invoice: [
      [1000, 0.06],
      [50, 0.24],
    ] as const,
  })),
  {
    name: "Bedrock, a hosted open model: us.meta.llama3-3-70b-instruct-v1:0",
    model: bedrock("us.meta.llama3-3-70b-instruct-v1:0"),
    body: "bedrock-converse-plain.json",
    usage: { inputTokens: 1000, outputTokens: 50 },
    invoice: [
      [1000, 0.72],
      [50, 0.72],
    ],
  },
  {
    name: "Bedrock everywhere: global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    model: bedrock("global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    body: "bedrock-converse.json",
    usage: { inputTokens: 3125, cacheReadTokens: 2000, cacheWriteTokens: 1000, outputTokens: 60 },
    invoice: [
      [125, 3],
      [2000, 0.3],
      [1000, 3.75],
      [60, 15],
    ],
  },
];

/** Nano-dollars: tokens x $ per million = tokens x rate x 1,000 nano-dollars. */
function byHand({ invoice, extraUsd = 0 }: GoldenCase): number {
  let total = 0n;
  for (const [tokens, rate] of invoice) total += BigInt(tokens) * BigInt(Math.round(rate * 1e6));
  // Rates in micro-dollars: a thousandth of a nano-dollar a token.
  const quotient = total / 1000n;
  const twice = (total % 1000n) * 2n;
  const rounded = twice > 1000n || (twice === 1000n && quotient % 2n === 1n) ? quotient + 1n : quotient;
  return Number(rounded) + Math.round(extraUsd * 1e9);
}

describe("recorded provider answers through the real clients", () => {
  it.each(cases)("$name", async (golden) => {
    const { model, input = "hello", body, stream = false, usage, estimateReasons } = golden;
    const costs = new CostCallbackHandler({ logger: false });
    server.serve(body);
    if (stream) for await (const chunk of await model().stream(input, { callbacks: [costs] })) void chunk;
    else await model().invoke(input, { callbacks: [costs] });
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ status: "ok", usage });
    expect(entry?.usage?.cacheReadTokens ?? 0).toBe(usage.cacheReadTokens ?? 0);
    expect(entry?.nanoUsd).toBe(byHand(golden));
    expect(entry?.estimateReasons).toEqual(estimateReasons);
    expect(entry?.confidence === "estimated").toBe(estimateReasons !== undefined);
    expect(costs.summary()).toMatchObject({ calls: 1, spentNanoUsd: byHand(golden) });
  });
});

describe("a stream that is broken off", () => {
  it("has Anthropic's true input, from its first chunk", async () => {
    const costs = new CostCallbackHandler({ logger: false });
    server.serve("anthropic-stream.sse");
    const controller = new AbortController();
    await expect(async () => {
      for await (const chunk of await anthropic().stream("hello", { callbacks: [costs], signal: controller.signal })) {
        if (chunk.text !== "") controller.abort();
      }
    }).rejects.toThrow();
    await costs.flush();
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ status: "aborted", confidence: "estimated", estimateReasons: ["stream-aborted"] });
    expect(entry?.usage).toMatchObject({ inputTokens: 7025, cacheReadTokens: 2000, cacheWriteTokens: 5000, estimated: true });
  });
});
