import {
  type CacheMark,
  dispatchSavings,
  type DispatchTarget,
  type JsonValue,
  type NanoUsd,
  nanoUsd,
  type SavingsEvent,
  usd,
} from "@langthrift/core";
import { isHit } from "../cache-decision.ts";
import type { Engine } from "./engine.ts";
import type { Lookup } from "./lookup.ts";

const STRATEGY = "semantic-cache";

/** Sends what a decision avoided and cost. */
export class SavingsReporter {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Events of one lookup: avoided on a hit, overhead where something was spent, else a notice. */
  async lookup(lookup: Lookup, target: DispatchTarget & { readonly llmRunId?: string | undefined } = {}): Promise<void> {
    const { decision } = lookup;
    const events: SavingsEvent[] = [];
    if (isHit(decision)) events.push(this.#avoided(lookup));
    const overhead = this.#overhead(lookup);
    if (overhead) events.push(overhead);
    if (events.length === 0) {
      events.push(this.#event(lookup, "notice", decision.reason, { nanoUsd: nanoUsd(0), latencyMs: decision.latencyMs }));
    }
    await this.#send(events, target);
  }

  /** The policy has seen too many wrong answers and stopped serving by meaning. */
  async tripped(): Promise<void> {
    const { policy, clock, newId } = this.#engine;
    const id = newId();
    const { audits, wrong } = policy.status().audit;
    await this.#send(
      [
        {
          version: 1,
          id,
          decisionId: id,
          strategy: STRATEGY,
          kind: "notice",
          reason: "tripped",
          at: clock.now(),
          nanoUsd: nanoUsd(0),
          details: { audits, wrong },
        },
      ],
      {},
    );
  }

  async refreshed(lookup: Lookup, target: DispatchTarget): Promise<void> {
    // The ledger sees the model call itself; this only says why it was made.
    await this.#send([this.#event(lookup, "overhead", "refresh", { nanoUsd: null, alreadyInLedger: true }, ":refresh")], target);
  }

  #avoided(lookup: Lookup): SavingsEvent {
    const { counters, prices } = this.#engine;
    const { decision } = lookup;
    const { entry, response } = decision;
    const { usage, model, provider, latencyMs } = response ?? {};
    let saved = (entry?.state.nanoUsd ?? null) as NanoUsd | null;
    if (saved === null && usage && model) {
      saved = prices.priceOf({ model, usage, ...(provider && { provider }) }).nanoUsd;
    }
    if (saved === null) counters.unknownPrices += 1;
    else counters.avoidedNanoUsd += saved;
    const savedMs = latencyMs === undefined ? undefined : latencyMs - decision.latencyMs;
    counters.savedMs += savedMs ?? 0;
    return this.#event(lookup, "avoided", decision.reason, {
      nanoUsd: saved,
      ...(usage && { usage }),
      ...(model && { model }),
      ...(provider && { provider }),
      ...(savedMs !== undefined && { latencyMs: savedMs }),
    });
  }

  #overhead(lookup: Lookup): SavingsEvent | null {
    const { work, question = "" } = lookup;
    if (!work.embedded && !work.judged) return null;
    const { embedding, tokenCounter, counters } = this.#engine;
    const inputTokens = tokenCounter.count(question);
    const cost = work.embedded ? this.#embeddingPrice(inputTokens) : nanoUsd(0);
    if (!embedding.inLedger) counters.overheadNanoUsd += cost ?? 0;
    return this.#event(lookup, "overhead", work.judged ? (work.embedded ? "embedding+judge" : "judge") : "embedding", {
      nanoUsd: cost,
      latencyMs: work.embedMs + work.judgeMs,
      ...(work.embedded && { usage: { inputTokens, outputTokens: 0, estimated: true } }),
      ...(work.embedded && embedding.model && { model: embedding.model }),
      // A judge's own model call carries its tag and is in the ledger by itself.
      ...((embedding.inLedger || !work.embedded) && { alreadyInLedger: true }),
    });
  }

  #embeddingPrice(inputTokens: number): NanoUsd | null {
    const { options, embedding, prices } = this.#engine;
    if (options.embeddingUsdPerMillion !== undefined) return usd((inputTokens * options.embeddingUsdPerMillion) / 1e6);
    // Embeddings that name no model run in this process.
    if (embedding.model === undefined) return nanoUsd(0);
    return prices.priceOf({ model: embedding.model, usage: { inputTokens, outputTokens: 0 } }).nanoUsd;
  }

  #event(
    { decision }: Lookup,
    kind: SavingsEvent["kind"],
    reason: string,
    fields: Partial<SavingsEvent> & Pick<SavingsEvent, "nanoUsd">,
    suffix = "",
  ): SavingsEvent {
    const details: Record<string, JsonValue> = { decision: decision.kind, reason: decision.reason };
    if (decision.entry) details["entryId"] = decision.entry.id;
    if (decision.similarity !== undefined) details["similarity"] = decision.similarity;
    if (decision.confidence !== undefined) details["confidence"] = decision.confidence;
    return {
      version: 1,
      id: `${decision.id}:${kind}${suffix}`,
      decisionId: decision.id,
      strategy: STRATEGY,
      kind,
      reason,
      at: this.#engine.clock.now(),
      ...fields,
      details,
    };
  }

  async #send(
    events: readonly SavingsEvent[],
    { llmRunId, ...target }: DispatchTarget & { readonly llmRunId?: string | undefined },
  ): Promise<void> {
    for (const event of events) {
      await dispatchSavings(llmRunId === undefined ? event : { ...event, llmRunId }, { ...target, onEvent: this.#engine.options.onEvent });
    }
  }
}

/** The mark for an answer from the cache. */
export function markOf(lookup: Pick<Lookup, "decision">): CacheMark {
  const { id, kind, entry, similarity, confidence, response } = lookup.decision;
  return {
    kind: kind === "miss" || kind === "bypass" ? "exact" : kind,
    entryId: entry?.id ?? id,
    decisionId: id,
    ...(similarity !== undefined && { similarity }),
    ...(confidence !== undefined && { confidence }),
    savedUsage: response?.usage ?? null,
  };
}
