import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { createFailureLog, type Logger, systemClock } from "@langthrift/core";
import type { Compressor } from "../compressor.ts";
import { checkCompressOptions } from "../engine/options.ts";
import { compressMessages, type CompressMessagesOptions } from "./compress-messages.ts";
import { reportSaving, type SavingsOptions } from "./savings.ts";

/** Options of {@link createMessageShortener}. */
export interface MessageShortenerOptions extends Omit<CompressMessagesOptions, "failures">, SavingsOptions {
  /** @default console */
  readonly logger?: Logger | false;
}

/** Shortens the messages of one call. Rejects only for an aborted signal. */
export type MessageShortener = (messages: BaseMessage[], config: RunnableConfig) => Promise<BaseMessage[]>;

/**
 * A function that shortens the messages of a call and reports what that saved under the call's config: for whoever stands between caller and
 * model. `model` names the model for counting and prices.
 *
 * @throws {InvalidOptionError}
 */
export function createMessageShortener(compressor: Compressor, options: MessageShortenerOptions = {}): MessageShortener {
  checkCompressOptions(options);
  const { prices: _prices, onEvent, clock = systemClock, newId, logger, ...rest } = options;
  const failures = createFailureLog({ strategy: "prompt-compressor", logger, onEvent, clock, ...(newId && { newId }) });

  return async function shorten(messages, config) {
    const startedAt = clock.monotonic();
    const signal = config.signal ?? options.signal;
    const compressed = await compressMessages(messages, compressor, { ...rest, failures, ...(signal && { signal }) });
    const saved = {
      savedTokens: compressed.savedTokens,
      savedCachedTokens: compressed.savedCachedTokens,
      compressor: compressor.name,
      changedMessages: compressed.changes.length,
      model: options.model,
      latencyMs: clock.monotonic() - startedAt,
    };
    await reportSaving(saved, options, { config });
    return compressed.messages;
  };
}
