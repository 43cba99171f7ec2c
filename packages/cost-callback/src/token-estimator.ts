import { approximateTokenCounter, defaultTokenCounter, type Logger, type TokenCounter, type Usage } from "@langthrift/core";
import { estimatedUsage } from "./call-usage.ts";
import type { LlmState } from "./run-node.ts";

export interface TokenEstimatorOptions {
  /** @default core's, loaded when first needed */
  readonly tokenCounter?: TokenCounter | undefined;
  readonly logger?: Logger | false | undefined;
}

/** Counts the tokens of calls of which the provider, or the client library, did not say them. */
export class TokenEstimator {
  readonly #logger: Logger | false | undefined;
  readonly #pending = new Set<Promise<void>>();
  #counter: TokenCounter | undefined;

  constructor({ tokenCounter, logger }: TokenEstimatorOptions) {
    this.#counter = tokenCounter;
    this.#logger = logger;
  }

  /** Hands the usage over at once where a counter is there, else as soon as it is loaded: then there is a promise, which never rejects. */
  estimate(state: LlmState, texts: readonly string[], model: string | undefined, use: (usage: Usage) => void): void | Promise<void> {
    if (this.#counter) {
      use(usageOf(state, texts, model, this.#counter));
      return;
    }
    const work = defaultTokenCounter({ ...(this.#logger !== undefined && { logger: this.#logger }) })
      .catch(() => approximateTokenCounter)
      .then((counter) => {
        this.#counter ??= counter;
        use(usageOf(state, texts, model, counter));
      });
    this.#pending.add(work);
    return work.finally(() => this.#pending.delete(work));
  }

  /** Waits for counts that are being made. Never rejects. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}

function usageOf(state: LlmState, texts: readonly string[], model: string | undefined, counter: TokenCounter): Usage {
  const counted = estimatedUsage(state, texts, model, counter);
  const seen = state.chunkUsage?.sum;
  if (!seen || (seen.inputTokens ?? 0) === 0) return counted;
  // Anthropic's first chunk has the true input even of a stream that is broken off.
  return { ...seen, outputTokens: Math.max(counted.outputTokens ?? 0, state.chunkUsage?.last.outputTokens ?? 0), estimated: true };
}
