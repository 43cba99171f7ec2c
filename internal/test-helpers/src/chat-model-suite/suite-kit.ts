import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk } from "@langchain/core/messages";
import { concat } from "@langchain/core/utils/stream";
import type { ChatOpenAIFields } from "@langchain/openai";
import type { JournalEntry, ModelServer } from "@langthrift/model-server";

/** The assertions that the suite uses; vitest's and jest's fit. */
export interface SuiteExpectation {
  toBe(expected: unknown): unknown;
  toEqual(expected: unknown): unknown;
  toMatchObject(expected: object): unknown;
  toContain(expected: unknown): unknown;
  toHaveLength(expected: number): unknown;
  toBeGreaterThan(expected: number): unknown;
  toBeUndefined(): unknown;
  toBeDefined(): unknown;
  readonly rejects: { toThrow(expected?: RegExp): Promise<unknown> };
  readonly not: Pick<SuiteExpectation, "toContain">;
}

/** What the sections of the suite share. */
export interface SuiteKit {
  check(name: string, run: () => Promise<void>): void;
  expect(actual: unknown): SuiteExpectation;
  /** The local server; emptied before each test. */
  readonly server: () => ModelServer;
  /** The model under test, around real clients with these fields. */
  model(fields?: ChatOpenAIFields): Promise<BaseChatModel>;
  /** The requests that were answered. */
  answered(): readonly JournalEntry[];
  /** Whether an answer arrives in several chunks. */
  readonly streamsInParts: boolean;
}

export interface Collected {
  readonly chunks: readonly AIMessageChunk[];
  /** The chunks put together. */
  readonly whole: AIMessageChunk;
  readonly text: string;
}

export async function collect(stream: AsyncIterable<AIMessageChunk>): Promise<Collected> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  if (chunks.length === 0) throw new Error("The stream had no chunk.");
  const whole = chunks.reduce((before, chunk) => concat(before, chunk));
  return { chunks, whole, text: chunks.map((chunk) => chunk.text).join("") };
}

/** What LangChain makes of the tokens that the server billed. */
export function billed({ usage }: JournalEntry): { input_tokens: number; output_tokens: number; total_tokens: number } {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}
