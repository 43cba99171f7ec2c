import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { RunnableConfig } from "@langchain/core/runnables";
import { type Clock, InvalidOptionError, type Logger, type PriceBook, type SavingsEvent } from "@langthrift/core";
import { BudgetKeeper, type BudgetOptions, CostCallbackHandler, withCost } from "@langthrift/cost-callback";
import { defaultEmbeddings } from "@langthrift/embeddings";
import {
  createHistorySummarizer,
  type HistorySummarizer,
  type HistorySummarizerOptions,
  viewForModel,
} from "@langthrift/history-summarizer";
import { createModelRouter, type ModelRouter, type ModelRouterOptions } from "@langthrift/model-router";
import { type Compressor, createMessageShortener, defaultCompressor, type MessageShortenerOptions } from "@langthrift/prompt-compressor";
import { SemanticCache, type SemanticCacheOptions, thresholdPolicy, withSemanticCache } from "@langthrift/semantic-cache";
import { type Shorten, ShortenedChatModel } from "./shortened-chat-model.ts";
import { modelIdentity, modelName } from "./model-name.ts";

/** The cosine from which two questions mean the same to MiniLM, on the careful side. */
const MINILM_MIN_SIMILARITY = 0.88;

/** Options of `compress`. */
export interface ThriftyCompression extends Omit<MessageShortenerOptions, "prices" | "onEvent" | "logger" | "clock"> {
  /** @default defaultCompressor() */
  readonly compressor?: Compressor;
}

/** Options of {@link createThriftyModel}. */
export interface ThriftyModelOptions {
  /** Answers what nothing cheaper can; also what savings are measured against. */
  readonly strong: BaseChatModel;
  /** Answers what the router finds easy. Without it there is no router. */
  readonly cheap?: BaseChatModel;
  /**
   * Who may see whose answers: nothing crosses scopes. A constant for answers that everybody may see, or a function of the query (tenant,
   * user); `undefined` from it bypasses the cache. Needed unless `cache` is `false`.
   */
  readonly scope?: SemanticCacheOptions["scope"];
  /** @default MiniLM in-process, threshold 0.88, standard guards, in-memory store */
  readonly cache?: false | Omit<Partial<SemanticCacheOptions>, "scope" | "prices" | "onEvent" | "logger">;
  /** @default the heuristic policy; `strong` when it abstains */
  readonly router?: false | Omit<Partial<ModelRouterOptions>, "candidates" | "default" | "prices" | "onEvent" | "logger">;
  /**
   * Shows a long conversation to the model as a summary and its last messages, once that pays. `session` says which conversation a call
   * belongs to; without an answer from it nothing is shortened. @default off; session: `configurable.thread_id` or `session_id`
   */
  readonly history?: Omit<HistorySummarizerOptions, "prices" | "onEvent" | "logger"> & {
    readonly session?: (config: RunnableConfig) => string | undefined;
  };
  /**
   * Shortens the new messages of each call without changing what they say; `true` for the compressor's defaults. @default off; compressor:
   * `defaultCompressor()`
   */
  readonly compress?: boolean | ThriftyCompression;
  /** A step of your own that shortens the messages of each call further. @default none */
  readonly shorten?: Shorten;
  /** Limits on real spend; a hit is free and never refused. Over one, calls fail with `BudgetExceededError`. @default none */
  readonly budgets?: readonly BudgetOptions[];
  /** The ledger; pass one to share it or to choose its options. @default new CostCallbackHandler() */
  readonly ledger?: CostCallbackHandler;
  /** Any LangChain embeddings, for the cache. @default MiniLM in-process */
  readonly embeddings?: EmbeddingsInterface;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
  /** Called with every savings event, besides the ledger. */
  readonly onEvent?: (event: SavingsEvent) => void;
}

/** The pipeline and its parts. */
export interface ThriftyModel {
  /** Ask this one. Works wherever a chat model does: LCEL, `bindTools`, `withStructuredOutput`, `createAgent`. */
  readonly model: BaseChatModel;
  readonly ledger: CostCallbackHandler;
  readonly cache: SemanticCache | null;
  readonly router: ModelRouter | null;
  /** Waits for what is still being written. */
  close(): Promise<void>;
}

/**
 * Puts the filters in front of a model, in this order: ledger, semantic cache, history
 * summarizer, prompt compressor, model router, budgets, provider. A filter answers, or makes what is
 * left cheaper; the ledger stands outside, so that it sees what the filters avoid.
 *
 * @throws {InvalidOptionError} without `scope` while the cache is on: answers must never cross tenants by accident.
 */
export function createThriftyModel({
  strong,
  cheap,
  scope,
  cache: cacheOptions = {},
  router: routerOptions = {},
  history,
  compress = false,
  shorten,
  budgets = [],
  ledger,
  embeddings,
  prices,
  clock,
  logger,
  onEvent,
}: ThriftyModelOptions): ThriftyModel {
  const shared = {
    ...(prices && { prices }),
    ...(clock && { clock }),
    ...(logger !== undefined && { logger }),
    ...(onEvent && { onEvent }),
  };
  const costs =
    ledger ?? new CostCallbackHandler({ ...(prices && { prices }), ...(clock && { clock }), ...(logger !== undefined && { logger }) });
  // Budgets stand under the cache, at the models that cost.
  const keeper = budgets.length > 0 ? new BudgetKeeper({ budgets, prices: costs.recorder.prices, ...(clock && { clock }) }) : undefined;
  const held = (model: BaseChatModel): BaseChatModel => (keeper ? withCost(model, { costs, keeper }) : model);
  const router = cheap && routerOptions !== false ? routeBetween(cheap, strong, held, { ...routerOptions, ...shared }) : null;
  const summarizer = history ? createHistorySummarizer({ mainModel: modelName(strong) ?? "unknown", ...history, ...shared }) : null;
  const inner = shortened(router ?? held(strong), [
    summarizer && summarize(summarizer, history?.session ?? sessionOf),
    compress === false ? null : compressWith(compress === true ? {} : compress, strong, shared),
    shorten,
  ]);
  const cache = cacheOptions === false ? null : makeCache(scope, { ...cacheOptions, ...shared }, embeddings);
  // The router has no name of its own; answers fit as long as it chooses among the same models.
  const modelId = router && cheap ? `router(${modelIdentity(cheap)},${modelIdentity(strong)})` : undefined;
  const cached = cache ? withSemanticCache(inner, cache, modelId === undefined ? {} : { modelId }) : inner;
  return {
    model: withCost(cached, { costs }),
    ledger: costs,
    cache,
    router,
    async close() {
      await cache?.close();
      await costs.close();
    },
  };
}

/** The first shortens first. */
function shortened(model: BaseChatModel, steps: readonly (Shorten | null | undefined)[]): BaseChatModel {
  return steps.reduceRight<BaseChatModel>((inner, step) => (step ? new ShortenedChatModel(inner, step) : inner), model);
}

function summarize(summarizer: HistorySummarizer, session: (config: RunnableConfig) => string | undefined): Shorten {
  return async (messages, config) =>
    (await viewForModel(messages, { summarizer, session: session(config), config, ...(config.signal && { signal: config.signal }) }))
      .messages;
}

function compressWith({ compressor = defaultCompressor(), ...options }: ThriftyCompression, main: BaseChatModel, shared: object): Shorten {
  const model = options.model ?? modelName(main);
  return createMessageShortener(compressor, { ...options, ...shared, ...(model !== undefined && { model }) });
}

function sessionOf({ configurable, metadata }: RunnableConfig): string | undefined {
  const candidates = [configurable?.["thread_id"], configurable?.["session_id"], metadata?.["thread_id"], metadata?.["session_id"]];
  return candidates.find((value): value is string => typeof value === "string" && value !== "");
}

function makeCache(
  scope: ThriftyModelOptions["scope"],
  options: Partial<SemanticCacheOptions>,
  embeddings: EmbeddingsInterface | undefined,
): SemanticCache {
  if (scope === undefined) {
    throw new InvalidOptionError(
      '`scope` is missing. Pass a text for answers that everybody may see ("public"), a function that returns the tenant, or `cache: false`.',
    );
  }
  return new SemanticCache({
    embeddings: embeddings ?? defaultEmbeddings(),
    policy: thresholdPolicy({ minSimilarity: MINILM_MIN_SIMILARITY }),
    ...options,
    scope,
  });
}

function routeBetween(
  cheap: BaseChatModel,
  strong: BaseChatModel,
  held: (model: BaseChatModel) => BaseChatModel,
  options: Partial<ModelRouterOptions>,
): ModelRouter {
  const strongName = modelName(strong) ?? "strong";
  const ownName = modelName(cheap) ?? "cheap";
  const cheapName = ownName === strongName ? `${ownName} (cheap)` : ownName;
  return createModelRouter({
    ...options,
    candidates: [
      { name: cheapName, model: held(cheap), tier: 1 },
      { name: strongName, model: held(strong), tier: 2 },
    ],
    default: strongName,
  });
}
