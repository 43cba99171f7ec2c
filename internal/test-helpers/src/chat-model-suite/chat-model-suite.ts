import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { callTests } from "./call-tests.ts";
import { runTests } from "./run-tests.ts";
import { stopTests } from "./stop-tests.ts";
import { streamTests } from "./stream-tests.ts";
import type { SuiteExpectation, SuiteKit } from "./suite-kit.ts";
import { toolTests } from "./tool-tests.ts";

/** A real client of the suite's server. */
export type ClientFactory = (fields?: ChatOpenAIFields) => ChatOpenAI;

export interface ChatModelSuiteOptions {
  /** The runner's functions; vitest's fit. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => unknown;
  readonly beforeAll: (run: () => Promise<void>) => unknown;
  readonly beforeEach: (run: () => void) => unknown;
  readonly afterAll: (run: () => Promise<void>) => unknown;
  /** A new model around clients of the local server. Every client it makes must take the fields given. */
  readonly create: (client: ClientFactory) => BaseChatModel | Promise<BaseChatModel>;
  /** Whether an answer arrives in several chunks. @default true */
  readonly streamsInParts?: boolean;
}

/**
 * What a LangChain chat model must do, in the manner of LangChain's own standard tests, over HTTP: calls, streams, usage, tools, structured
 * output, aborts, callbacks, multi-modal input. One model run for each request to the provider. Registers tests; makes no assertion itself.
 */
export function chatModelSuite({
  test,
  expect,
  beforeAll,
  beforeEach,
  afterAll,
  create,
  streamsInParts = true,
}: ChatModelSuiteOptions): void {
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());
  const kit: SuiteKit = {
    check: (name, run) => void test(name, run),
    expect: (actual) => expect(actual) as SuiteExpectation,
    server: () => server,
    model: async (fields = {}) =>
      create(
        (own = {}) =>
          new ChatOpenAI({
            model: "gpt-4o-mini",
            apiKey: "sk-very-secret",
            maxRetries: 0,
            configuration: { baseURL: server.url },
            ...own,
            ...fields,
          }),
      ),
    answered: () => server.journal.filter(({ outcome }) => outcome === "ok"),
    streamsInParts,
  };
  callTests(kit);
  streamTests(kit);
  toolTests(kit);
  runTests(kit);
  stopTests(kit);
}
