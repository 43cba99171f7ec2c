import { type BaseListChatMessageHistory, InMemoryChatMessageHistory } from "@langchain/core/chat_history";
import {
  BaseMemory,
  getInputValue,
  getOutputValue,
  type InputValues,
  type MemoryVariables,
  type OutputValues,
} from "@langchain/core/memory";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import type { HistorySummarizer } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import { transcriptLine } from "../text/message-text.ts";
import { SummarizingChatMessageHistory } from "./summarizing-chat-message-history.ts";

/** Options of {@link CostAwareSummaryMemory}. */
export interface CostAwareSummaryMemoryOptions extends HistorySummarizerOptions {
  /** @default a history in this process */
  readonly chatHistory?: BaseListChatMessageHistory;
  /** @default a random id */
  readonly sessionId?: string;
  /** What plans and summarises; shared between memories. @default one of its own, by the other options */
  readonly summarizer?: HistorySummarizer;
  /** Name of the variable in the prompt. @default "history" */
  readonly memoryKey?: string;
  /** Which of a chain's inputs is the user's message. @default the only one */
  readonly inputKey?: string;
  /** Which of a chain's outputs is the answer. @default the only one */
  readonly outputKey?: string;
  /** Messages for chat models, text for others. @default false */
  readonly returnMessages?: boolean;
}

/** The classic chains' memory. `BaseMemory` is in `@langchain/core`, so `@langchain/classic` is not needed. */
export class CostAwareSummaryMemory extends BaseMemory {
  /** The history behind it: `getAllMessages`, `recall`, `flush`. */
  readonly chatHistory: SummarizingChatMessageHistory;
  readonly #memoryKey: string;
  readonly #inputKey: string | undefined;
  readonly #outputKey: string | undefined;
  readonly #returnMessages: boolean;

  /** @throws {InvalidOptionError} when an option is out of range. */
  constructor({
    chatHistory,
    sessionId = randomUUID(),
    memoryKey = "history",
    inputKey,
    outputKey,
    returnMessages = false,
    ...options
  }: CostAwareSummaryMemoryOptions = {}) {
    super();
    this.chatHistory = new SummarizingChatMessageHistory({ ...options, sessionId, inner: chatHistory ?? new InMemoryChatMessageHistory() });
    this.#memoryKey = memoryKey;
    this.#inputKey = inputKey;
    this.#outputKey = outputKey;
    this.#returnMessages = returnMessages;
  }

  override get memoryKeys(): string[] {
    return [this.#memoryKey];
  }

  override async loadMemoryVariables(_values: InputValues): Promise<MemoryVariables> {
    const messages = await this.chatHistory.getMessages();
    return { [this.#memoryKey]: this.#returnMessages ? messages : messages.map(transcriptLine).join("\n") };
  }

  override async saveContext(inputValues: InputValues, outputValues: OutputValues): Promise<void> {
    await this.chatHistory.addMessages([
      toMessage(getInputValue(inputValues, this.#inputKey), (text) => new HumanMessage(text)),
      toMessage(getOutputValue(outputValues, this.#outputKey), (text) => new AIMessage(text)),
    ]);
  }

  /** Forgets the session: messages and summary. */
  async clear(): Promise<void> {
    await this.chatHistory.clear();
  }
}

function toMessage(value: unknown, create: (text: string) => BaseMessage): BaseMessage {
  if (typeof value === "object" && value !== null && "getType" in value) return value as BaseMessage;
  return create(typeof value === "string" ? value : JSON.stringify(value));
}
