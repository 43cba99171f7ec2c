import { type CacheMark, isSavingsEvent, type NanoUsd, type PriceBook, type SavingsEvent, type Usage } from "@langthrift/core";
import { noLabels, type RunLabels, type SavingsRecord } from "./cost-entry.ts";
import type { CostLedger } from "./cost-ledger.ts";
import { RecentMap } from "./recent-map.ts";

interface Counted {
  readonly record: SavingsRecord;
  readonly labelled: boolean;
}

const REMEMBERED = 10_000;

/**
 * Brings savings events to the ledger, each once: the same event may come from a strategy's `onEvent`, through the callbacks, and as the
 * mark on the answer.
 */
export class SavingsBook {
  readonly #ledger: CostLedger;
  readonly #prices: PriceBook;
  readonly #onRecord: (record: SavingsRecord) => void;
  readonly #events = new RecentMap<Counted>(REMEMBERED);
  /** By decision: the avoided event that was counted, or the mark that stands for it until it comes. */
  readonly #avoided = new RecentMap<{ readonly record: SavingsRecord; readonly mark: boolean }>(REMEMBERED);

  constructor(ledger: CostLedger, prices: PriceBook, onRecord: (record: SavingsRecord) => void) {
    this.#ledger = ledger;
    this.#prices = prices;
    this.#onRecord = onRecord;
  }

  /** @returns the money avoided by the event where it counted, for the run's own sum. */
  addEvent(
    event: SavingsEvent,
    labels: RunLabels = noLabels,
    served?: { readonly model: string; readonly provider?: string | undefined },
  ): number {
    if (!isSavingsEvent(event)) return 0;
    const labelled = labels !== noLabels;
    const known = this.#events.get(event.id);
    if (known) {
      // The strategy's own listener came first and knew no run; now the labels are there.
      if (!labelled || known.labelled) return 0;
      this.#relabel(event.id, known.record, labels);
      return known.record.avoidedNanoUsd;
    }
    const record = this.#toRecord(event, labels, served);
    this.#events.set(event.id, { record, labelled });
    if (event.kind === "avoided") {
      const mark = this.#avoided.get(event.decisionId);
      if (mark?.mark) this.#add(reversal(mark.record, `mark:${event.decisionId}:replaced`));
      this.#avoided.set(event.decisionId, { record, mark: false });
    }
    this.#add(record);
    return record.avoidedNanoUsd;
  }

  /** The mark on an answer served from a cache stands for the event, where none comes. */
  addMark(
    mark: Pick<CacheMark, "decisionId" | "kind" | "savedUsage">,
    strategy: string,
    call: { readonly model: string; readonly provider?: string | undefined; readonly at: number },
    labels: RunLabels,
  ): { readonly strategy: string; readonly nanoUsd: NanoUsd | null } {
    const counted = this.#avoided.get(mark.decisionId);
    if (counted) return { strategy, nanoUsd: counted.record.unknownPrices > 0 ? null : (counted.record.avoidedNanoUsd as NanoUsd) };
    const nanoUsd = mark.savedUsage === null ? null : this.#price(mark.savedUsage, call.model, call.provider, call.at);
    const record: SavingsRecord = {
      version: 1,
      id: `mark:${mark.decisionId}`,
      decisionId: mark.decisionId,
      strategy,
      at: call.at,
      avoidedNanoUsd: nanoUsd ?? 0,
      overheadNanoUsd: 0,
      spentNanoUsd: 0,
      attributedNanoUsd: 0,
      unknownPrices: nanoUsd === null ? 1 : 0,
      events: 1,
      reason: `hit:${mark.kind}`,
      model: call.model,
      ...(call.provider !== undefined && { provider: call.provider }),
      labels,
    };
    this.#avoided.set(mark.decisionId, { record, mark: true });
    this.#add(record);
    return { strategy, nanoUsd };
  }

  #toRecord(
    event: SavingsEvent,
    labels: RunLabels,
    served: { readonly model: string; readonly provider?: string | undefined } | undefined,
  ): SavingsRecord {
    const model = served?.model ?? event.model;
    const provider = served?.provider ?? event.provider;
    let nanoUsd = event.nanoUsd;
    if (event.usage && model !== undefined && (nanoUsd === null || (served && event.kind === "avoided"))) {
      nanoUsd = this.#price(event.usage, model, provider, event.at) ?? nanoUsd;
    }
    const amount = event.kind === "notice" ? 0 : (nanoUsd ?? 0);
    const overhead = event.kind === "overhead";
    // A tagged model run counts as overhead where it is recorded; an embedding's entry cannot know whom it served.
    const inLedger = event.alreadyInLedger === true;
    const embedding = (event.usage?.outputTokens ?? 0) === 0;
    return {
      version: 1,
      id: event.id,
      decisionId: event.decisionId,
      strategy: event.strategy,
      at: event.at,
      avoidedNanoUsd: event.kind === "avoided" ? amount : 0,
      overheadNanoUsd: overhead && (!inLedger || embedding) ? amount : 0,
      spentNanoUsd: overhead && !inLedger ? amount : 0,
      attributedNanoUsd: overhead ? amount : 0,
      unknownPrices: event.kind !== "notice" && nanoUsd === null ? 1 : 0,
      events: 1,
      reason: event.reason,
      ...(model !== undefined && { model }),
      ...(provider !== undefined && { provider }),
      labels,
    };
  }

  #relabel(id: string, record: SavingsRecord, labels: RunLabels): void {
    const relabelled: SavingsRecord = { ...record, id: `${id}:labelled`, labels };
    this.#add(reversal(record, `${id}:unlabelled`));
    this.#add(relabelled);
    this.#events.set(id, { record: relabelled, labelled: true });
    const avoided = this.#avoided.get(record.decisionId);
    if (avoided?.record === record) this.#avoided.set(record.decisionId, { ...avoided, record: relabelled });
  }

  #add(record: SavingsRecord): void {
    if (this.#ledger.recordSavings(record)) this.#onRecord(record);
  }

  #price(usage: Usage, model: string, provider: string | undefined, at: number): NanoUsd | null {
    try {
      return this.#prices.priceOf({ usage, model, provider, at }).nanoUsd;
    } catch {
      return null;
    }
  }
}

/** The record that takes another one back. */
function reversal(record: SavingsRecord, id: string): SavingsRecord {
  return {
    ...record,
    id,
    avoidedNanoUsd: -record.avoidedNanoUsd,
    overheadNanoUsd: -record.overheadNanoUsd,
    spentNanoUsd: -record.spentNanoUsd,
    attributedNanoUsd: -record.attributedNanoUsd,
    unknownPrices: -record.unknownPrices,
    events: -record.events,
  };
}
