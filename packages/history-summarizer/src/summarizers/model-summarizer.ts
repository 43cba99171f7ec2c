import type { BaseLanguageModelInterface } from "@langchain/core/language_models/base";
import { isBaseMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { OVERHEAD_TAG, usageFromMessage } from "@langthrift/core";
import { messageText } from "../text/message-text.ts";
import type { SummarizeCallOptions, SummarizeRequest, SummarizeResult, Summarizer } from "./summarizer.ts";
import { DEFAULT_INSTRUCTION, summaryPrompt } from "./summary-prompt.ts";

/** Options of {@link ModelSummarizer}. */
export interface ModelSummarizerOptions {
  /** Any LangChain model; take a cheap one. */
  readonly model: BaseLanguageModelInterface;
  /** Name for prices and records. @default the model's own `model` or `modelName` */
  readonly modelName?: string;
  /** For prices and records. @default read from the model */
  readonly provider?: string;
  /** The window in tokens. @default the model's profile, where it has one */
  readonly contextTokens?: number;
  /** `{maxTokens}` stands for the limit. */
  readonly instruction?: string;
  /**
   * Zod or JSON schema of the summary: the model answers with an object (through `withStructuredOutput`), which is kept as JSON.
   */
  readonly structured?: unknown;
}

/** Tags of calls made for ourselves: hidden from the user's token stream, counted as overhead by a ledger. */
const OVERHEAD_TAGS = ["nostream", "langsmith:nostream", OVERHEAD_TAG];

interface StructuredModel {
  withStructuredOutput(
    schema: unknown,
    options: { includeRaw: true },
  ): {
    invoke(input: BaseMessage[], options: unknown): Promise<{ raw?: unknown; parsed?: unknown }>;
  };
}

/** Summarises through a LangChain model. */
export class ModelSummarizer implements Summarizer {
  readonly model: string;
  readonly provider?: string;
  readonly contextTokens?: number;
  readonly inLedger: boolean = true;
  readonly #model: BaseLanguageModelInterface;
  readonly #instruction: string;
  readonly #structured: unknown;

  constructor({ model, modelName, provider, contextTokens, instruction = DEFAULT_INSTRUCTION, structured }: ModelSummarizerOptions) {
    const about = describeModel(model);
    this.#model = model;
    this.#instruction = instruction;
    this.#structured = structured;
    this.model = modelName ?? about.model ?? "unknown";
    if (provider !== undefined) this.provider = provider;
    const window = contextTokens ?? about.contextTokens;
    if (window !== undefined) this.contextTokens = window;
  }

  /** One model call, tagged as overhead. Rejects as the model does. */
  async summarize(request: SummarizeRequest, { signal, config }: SummarizeCallOptions): Promise<SummarizeResult> {
    const prompt = summaryPrompt(request, this.#instruction);
    const options = overheadConfig(config, signal);
    if (this.#structured !== undefined) {
      const structured = this.#model as unknown as StructuredModel;
      const { raw, parsed } = await structured.withStructuredOutput(this.#structured, { includeRaw: true }).invoke(prompt, options);
      const usage = isBaseMessage(raw) ? usageFromMessage(raw) : null;
      // Nothing parsed is an empty summary, which is refused.
      return { text: parsed === undefined || parsed === null ? "" : JSON.stringify(parsed), usage };
    }
    const answer: unknown = await this.#model.invoke(prompt, options);
    if (isBaseMessage(answer)) return { text: messageText(answer).trim(), usage: usageFromMessage(answer) };
    return { text: typeof answer === "string" ? answer.trim() : "", usage: null };
  }
}

/** Config of a call made for ourselves, inside the surrounding run. */
export function overheadConfig(config: RunnableConfig | undefined, signal: AbortSignal | undefined): RunnableConfig {
  return {
    ...(config?.callbacks !== undefined && { callbacks: config.callbacks }),
    ...(config?.configurable !== undefined && { configurable: config.configurable }),
    runName: "HistorySummarizer",
    tags: [...(config?.tags ?? []), ...OVERHEAD_TAGS],
    metadata: { ...config?.metadata, lc_source: "summarization" },
    ...(signal !== undefined && { signal }),
  };
}

/** Name and window, where the model tells them. */
export function describeModel(model: unknown): { model?: string; contextTokens?: number } {
  const { model: name, modelName, profile } = (model ?? {}) as Record<string, unknown>;
  const found = [name, modelName].find((value) => typeof value === "string" && value !== "") as string | undefined;
  let window: unknown;
  try {
    window = (profile as { maxInputTokens?: unknown } | undefined)?.maxInputTokens;
  } catch {
    window = undefined;
  }
  return { ...(found !== undefined && { model: found }), ...(typeof window === "number" && window > 0 && { contextTokens: window }) };
}
