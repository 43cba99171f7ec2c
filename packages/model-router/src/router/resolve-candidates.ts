import { applyRates, createPriceBook, InvalidOptionError, type NanoUsd, type PriceBook, type Usage } from "@langthrift/core";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Candidate, CandidateCapabilities } from "../candidate.ts";
import { isList } from "../is-list.ts";
import type { CandidateView } from "../routing-policy.ts";
import { modelIdentity } from "./model-identity.ts";

/** A candidate with everything the pipeline asks of it. */
export interface ResolvedCandidate extends CandidateView {
  readonly maxRpm: number | undefined;
  /** Its position by strength, weakest 0. */
  readonly rank: number;
  /** The model's own name and provider, where they can be read. */
  readonly modelId: string | undefined;
  readonly provider: string | undefined;
  readonly lazy: boolean;
  /** The model; a lazy one is made once. A failed attempt is tried again at the next call. */
  load(): Promise<BaseChatModel>;
}

/** Checks the list and orders it by strength, weakest first. @throws {InvalidOptionError} when it is empty, or a name stands twice. */
export function resolveCandidates(candidates: readonly Candidate[], prices: () => PriceBook): ResolvedCandidate[] {
  if (!isList(candidates) || candidates.length === 0) throw new InvalidOptionError("`candidates` is empty. Pass at least one model.");
  const seen = new Set<string>();
  for (const { name, model } of candidates) {
    if (typeof name !== "string" || name === "") throw new InvalidOptionError("A candidate has no `name`. Give each a unique one.");
    if (seen.has(name)) throw new InvalidOptionError(`Two candidates are called "${name}". Give each a unique \`name\`.`);
    seen.add(name);
    checkModel(name, model);
  }
  const priced = candidates.map((candidate) => ({ candidate, pricing: pricingOf(candidate, prices) }));
  const typical: Usage = { inputTokens: 1000, outputTokens: 300 };
  const worth = priced.map(({ pricing }) => pricing.priceOf(typical));
  const allPriced = worth.every((value) => value !== null);
  const strength = priced.map(
    ({ candidate }, index) => candidate.tier ?? (allPriced ? worth.filter((value) => value < worth[index]!).length : index),
  );
  const order = [...priced.keys()].sort((a, b) => strength[a]! - strength[b]! || (worth[a] ?? 0) - (worth[b] ?? 0) || a - b);
  const resolved: ResolvedCandidate[] = [];
  for (const [rank, index] of order.entries()) {
    const { candidate, pricing } = priced[index]!;
    resolved.push({
      name: candidate.name,
      tier: strength[index]!,
      rank,
      capabilities: capabilitiesOf(candidate),
      maxRpm: candidate.maxRpm,
      ...pricing,
      lazy: typeof candidate.model === "function",
      load: loaderOf(candidate),
    });
  }
  return resolved;
}

/** The price book, made when it is first asked: reading the catalogue takes time. */
export function lazyPrices(given: PriceBook | undefined): () => PriceBook {
  let book = given;
  return () => (book ??= createPriceBook({ logger: false }));
}

function checkModel(name: string, model: unknown): void {
  if (typeof model === "function" || typeof (model as { invoke?: unknown } | null | undefined)?.invoke === "function") return;
  const given = typeof model === "string" ? `the name "${model}"` : String(model === null ? null : typeof model);
  throw new InvalidOptionError(
    `The \`model\` of "${name}" is ${given}. Pass a chat model, or a function that makes one; names are for the agent middleware.`,
  );
}

function pricingOf(
  candidate: Candidate,
  prices: () => PriceBook,
): { modelId: string | undefined; provider: string | undefined; priceOf(usage: Usage): NanoUsd | null } {
  const { modelId, provider } =
    typeof candidate.model === "function" ? { modelId: undefined, provider: undefined } : modelIdentity(candidate.model);
  if (candidate.price) {
    const own = createPriceBook({ overrides: [{ ...candidate.price, model: candidate.name }], catalog: "none", logger: false });
    return {
      modelId,
      provider,
      priceOf: (usage) => own.priceOf({ model: candidate.name, provider: candidate.price?.provider, usage }).nanoUsd,
    };
  }
  return {
    modelId,
    provider,
    priceOf(usage) {
      if (modelId === undefined) return null;
      const rates = prices().ratesOf({
        model: modelId,
        provider,
        ...(usage.inputTokens !== undefined && { inputTokens: usage.inputTokens }),
      });
      return rates ? applyRates(usage, rates).total : null;
    },
  };
}

function capabilitiesOf({ model, capabilities }: Candidate): CandidateCapabilities {
  if (typeof model === "function") return capabilities ?? {};
  const profile = readProfile(model);
  const known: { -readonly [K in keyof CandidateCapabilities]: CandidateCapabilities[K] } = {};
  if (profile.toolCalling !== undefined) known.tools = profile.toolCalling;
  if (typeof model.bindTools !== "function") known.tools = false;
  if (profile.structuredOutput !== undefined) known.structuredOutput = profile.structuredOutput;
  if (profile.imageInputs !== undefined) known.vision = profile.imageInputs;
  if (profile.maxInputTokens !== undefined) known.maxInputTokens = profile.maxInputTokens;
  return { ...known, ...capabilities };
}

export function readProfile(model: BaseChatModel): BaseChatModel["profile"] {
  try {
    return model.profile ?? {};
  } catch {
    return {};
  }
}

function loaderOf({ model }: Candidate): () => Promise<BaseChatModel> {
  if (typeof model !== "function") return async () => model;
  let loading: Promise<BaseChatModel> | undefined;
  return () => {
    loading ??= model().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
