import type { PriceOverride } from "@langthrift/core";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";

/** What a model can do. A field that is absent is unknown, and an unknown capability excludes nobody. */
export interface CandidateCapabilities {
  readonly tools?: boolean;
  readonly structuredOutput?: boolean;
  readonly vision?: boolean;
  /** Tokens of input that the model accepts. */
  readonly maxInputTokens?: number;
}

/** A model that the router may choose. */
export interface Candidate {
  /** Unique in the router; stands in decisions, marks and events. */
  readonly name: string;
  /** A chat model, or a function that makes one at its first use (then give `capabilities` and `price`, which cannot be read before). */
  readonly model: BaseChatModel | (() => Promise<BaseChatModel>);
  /** Your price. @default the price book's, by the model's own name */
  readonly price?: Omit<PriceOverride, "model">;
  /** Strength: higher is stronger. @default the rank by price; the order of the list where a price is unknown (weakest first) */
  readonly tier?: number;
  /** Calls a minute after which it is left out. @default no limit */
  readonly maxRpm?: number;
  /** @default the model's `profile` */
  readonly capabilities?: CandidateCapabilities;
}
