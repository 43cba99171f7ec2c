import { approximateTokenCounter, type TokenCounter } from "@langthrift/core";
import { escapeFence } from "../engine/summary-message.ts";
import { messageText, speakerOf, toolCallsOf } from "../text/message-text.ts";
import { extract } from "./extract.ts";
import type { SummarizeCallOptions, SummarizeRequest, SummarizeResult, Summarizer } from "./summarizer.ts";

/** Options of {@link ExtractiveSummarizer}. */
export interface ExtractiveSummarizerOptions {
  /** @default characters / 4 */
  readonly tokenCounter?: TokenCounter;
}

/** Keeps the sentences that say most, word for word. Needs no model and no network, costs nothing, never fails. */
export class ExtractiveSummarizer implements Summarizer {
  readonly model: string = "extractive";
  readonly rates: { readonly input: number; readonly output: number } = { input: 0, output: 0 };
  readonly #counter: TokenCounter;

  constructor({ tokenCounter = approximateTokenCounter }: ExtractiveSummarizerOptions = {}) {
    this.#counter = tokenCounter;
  }

  /** Picks sentences, up to `maxTokens`. Calls no model. */
  summarize({ previous, messages, maxTokens }: SummarizeRequest, _options?: SummarizeCallOptions): Promise<SummarizeResult> {
    const passages = [
      // The speakers stand in the old text already.
      ...(previous ?? "").split("\n").map((line) => ({ speaker: undefined, text: line })),
      ...messages.map((message) => ({
        speaker: speakerOf(message),
        text: [messageText(message), ...toolCallsOf(message).map(({ name }) => `[called ${name}]`)].filter((part) => part !== "").join(" "),
      })),
    ].filter(({ text }) => text.trim() !== "");
    const text = extract({ passages, maxTokens, countTokens: (part) => this.#counter.count(part) });
    return Promise.resolve({ text: escapeFence(text), usage: { inputTokens: 0, outputTokens: 0 } });
  }
}
