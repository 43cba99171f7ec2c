import { type DispatchTarget, InvalidOptionError } from "@langthrift/core";
import { LRUCache } from "lru-cache";
import { type CacheDecision, isHit } from "./cache-decision.ts";
import { type CacheExplanation, explainQuery } from "./serving/explain.ts";
import type { CacheQuery } from "./cache-query.ts";
import type { CacheStats } from "./cache-stats.ts";
import type { CacheLabel } from "./cache-store.ts";
import type { CachedResponse } from "./cached-response.ts";
import { entryFilterOf, type InvalidateFilter } from "./invalidate-filter.ts";
import { firstRefusal } from "./serving/checks.ts";
import { coalescedLookup } from "./serving/coalesce.ts";
import { decide } from "./serving/decide.ts";
import { createEngine, type Engine } from "./serving/engine.ts";
import { Flights } from "./serving/flights.ts";
import { keep, type StoreOptions } from "./serving/keeper.ts";
import { Learning } from "./serving/learning.ts";
import type { CacheCall, Lookup } from "./serving/lookup.ts";
import { prepare } from "./serving/prepare.ts";
import { SavingsReporter } from "./serving/savings-reporter.ts";
import type { Producer, Served } from "./serving/serve.ts";
import { shareFlight } from "./serving/shared-flight.ts";
import { statsOf } from "./serving/stats-of.ts";
import { StreamFlights } from "./serving/stream-flights.ts";
import { jsonResponse, toResponse, withLatency } from "./serving/to-response.ts";
import { type ExportedEntry, exportEntries, importEntries } from "./serving/transfer.ts";
import type { SemanticCacheOptions } from "./semantic-cache-options.ts";

/**
 * Answers a question that means the same as an earlier one. `lookup` and `store` are the whole decision path, usable without a model;
 * `withSemanticCache`, `semanticCacheMiddleware`, `LangChainSemanticCache` and `CachedRunnable` are thin adapters on it.
 *
 * @throws {InvalidOptionError} at construction, when an option cannot work.
 */
export class SemanticCache {
  readonly #engine: Engine;
  readonly #learning: Learning;
  readonly #reporter: SavingsReporter;
  readonly #flights = new Flights();
  /** @internal Streams in progress, shared by the adapters. */
  readonly streams: StreamFlights = new StreamFlights();
  /** Lookups whose answer is still to come. */
  readonly #open = new LRUCache<string, Lookup>({ max: 1000 });
  /** Recent hits, so that feedback knows at which similarity. */
  readonly #served = new LRUCache<string, Lookup>({ max: 5000 });
  readonly #seen = new LRUCache<string, Readonly<Record<string, unknown>>>({ max: 100 });

  constructor(options: SemanticCacheOptions) {
    this.#engine = createEngine(options);
    this.#reporter = new SavingsReporter(this.#engine);
    this.#learning = new Learning(this.#engine, () => {
      this.#engine.tasks.add(() => this.#reporter.tripped());
    });
  }

  get options(): SemanticCacheOptions {
    return this.#engine.options;
  }

  /** Decides about a query and reports the decision. Never rejects with `onError: "open"`. */
  async lookup(query: CacheQuery, call: CacheCall = {}): Promise<CacheDecision> {
    const lookup = await this.decide(query, call);
    await this.report(lookup, { config: call.config });
    return lookup.decision;
  }

  /**
   * Keeps an answer. After a miss on the same question it also teaches the policy, in the background.
   *
   * @returns The entry's id; `null` when it was not kept (unsafe, not worth it, bypassed, failed).
   */
  async store(
    query: CacheQuery,
    response: CachedResponse | string,
    options: StoreOptions = {},
    call: CacheCall = {},
  ): Promise<string | null> {
    const prepared = await prepare(this.#engine, query);
    if (!prepared.key) return null;
    const lookup = this.#open.get(prepared.key.id);
    return this.#keep(lookup ?? { key: prepared.key, question: prepared.question }, toResponse(response), options, call);
  }

  /**
   * Answers from the cache or by `produce`, whose result is kept: equal questions at the same time share one call, and a stale answer is
   * renewed in the background. For any value that JSON can hold; a value that it cannot is returned but not kept.
   */
  async wrap<T>(
    query: CacheQuery,
    produce: (signal: AbortSignal) => Promise<T>,
    options: StoreOptions & { readonly signal?: AbortSignal; readonly toResponse?: (value: T) => CachedResponse | null } = {},
  ): Promise<T> {
    const { signal, toResponse: encode = jsonResponse, ...store } = options;
    const served = await this.serve(
      query,
      {
        call: (shared) => produce(shared ?? new AbortController().signal),
        encode: (value, latencyMs) => withLatency(encode(value), latencyMs),
        store,
      },
      { signal },
    );
    await this.report(served.lookup, {});
    return served.response ? (served.response.value as T) : served.value;
  }

  /** @internal The decision alone, without events. */
  async decide(query: CacheQuery, call: CacheCall = {}): Promise<Lookup> {
    const lookup = await decide(this.#engine, query, call);
    this.#note(lookup);
    return lookup;
  }

  /** @internal Sends the events of a decision. */
  report(lookup: Lookup, target: DispatchTarget & { readonly llmRunId?: string | undefined } = {}): Promise<void> {
    return this.#reporter.lookup(lookup, target);
  }

  /** @internal What all adapters do with a request; they report the lookup themselves, where their run is known. */
  async serve<T>(query: CacheQuery, producer: Producer<T>, call: CacheCall = {}): Promise<Served<T>> {
    const lookup = await this.decide(query, call);
    const { response } = lookup.decision;
    if (isHit(lookup.decision) && response) {
      if (lookup.decision.kind === "stale") this.refresh(lookup, producer, call);
      return { lookup, response };
    }
    const { key } = lookup;
    if (!key) return { lookup, value: await producer.call(call.signal) };
    if (this.#engine.mode === "shadow") {
      const { value } = await this.#produce(lookup, (signal) => producer.call(signal), producer, call, call.signal);
      return { lookup, value };
    }
    const { value, led } = await this.#flights.join(key.id, call.signal, async (signal) => {
      const make = () => this.#produce(lookup, (shared) => producer.call(shared), producer, call, signal);
      const { made, response } = await shareFlight(this.#engine, key, signal, make);
      return made ?? { response, kept: true };
    });
    if (led && "value" in value) return { lookup, value: value.value as T };
    // An answer that may not be kept may not be shared either.
    if (!value.response || !value.kept) return { lookup, value: await producer.call(call.signal) };
    return { lookup: this.coalesced(lookup, value.response), response: value.response };
  }

  /** @internal Keeps the answer to an open lookup; for adapters that stream. */
  async complete(lookup: Lookup, response: CachedResponse | null, options: StoreOptions = {}, call: CacheCall = {}): Promise<boolean> {
    if (!response || !lookup.key) return false;
    return (await this.#keep(lookup, response, options, call)) !== null;
  }

  /** @internal The lookup of one who got another's answer while it was made. */
  coalesced(lookup: Lookup, response: CachedResponse): Lookup {
    return coalescedLookup(this.#engine, lookup, response);
  }

  /** @internal Renews a stale answer once, in the background. */
  refresh<T>(lookup: Lookup, producer: Producer<T>, call: CacheCall): void {
    const { key } = lookup;
    if (!key) return;
    const entryId = lookup.decision.entry?.id ?? key.id;
    // By the entry, not the question: several wordings may find the same stale answer.
    const flight = `refresh:${entryId}`;
    if (this.#flights.has(flight)) return;
    this.#engine.counters.refreshes += 1;
    const joined = this.#flights.join(flight, undefined, async () => {
      const refresh = (): Promise<T> => producer.refresh?.() ?? producer.call(undefined);
      return this.#produce(lookup, refresh, producer, { config: call.config }, undefined);
    });
    this.#engine.tasks.add(async () => {
      const { value } = await joined;
      // The fresh answer stands beside the stale one under its own wording; the stale one would be renewed again and again.
      if (value.kept && entryId !== key.id) await this.#engine.store.delete({ ids: [entryId] });
      await this.#reporter.refreshed(lookup, { config: call.config });
    });
  }

  /**
   * Tells what a user or a check thought of a served answer. "bad" stops serving the entry; both teach the policy when the answer was
   * served by meaning.
   *
   * @param id The entry's id or the decision's id, both on the answer's mark.
   * @throws {InvalidOptionError} for a verdict that is neither.
   */
  async feedback(id: string, verdict: "good" | "bad"): Promise<void> {
    if (verdict !== "good" && verdict !== "bad") throw new InvalidOptionError(`\`verdict\` is "${String(verdict)}". Pass "good" or "bad".`);
    const lookup = this.#served.get(id);
    const entryId = lookup?.decision.entry?.id ?? id;
    const { key, candidate } = lookup ?? {};
    if (key && candidate && candidate.entry.id === entryId) {
      const label: CacheLabel = {
        similarity: candidate.similarity,
        correct: verdict === "good",
        source: "feedback",
        at: this.#engine.clock.now(),
        agreement: candidate.agreement,
      };
      await this.#learning.learn(entryId, key, label, candidate.evidence);
    }
    if (verdict === "bad") await this.#learning.patchState(entryId, (state) => ({ ...state, blocked: true }));
  }

  /** Forgets entries; returns how many. @throws {InvalidOptionError} without a condition. Rejects when the store does. */
  async invalidate(filter: InvalidateFilter): Promise<number> {
    return this.#engine.store.delete(entryFilterOf(filter));
  }

  /** Why a query hits or misses: key parts, near misses, and which earlier keys of the same question's kind differ in what. Changes nothing. */
  explain(query: CacheQuery): Promise<CacheExplanation> {
    return explainQuery(this.#engine, query, this.#seen);
  }

  /** Counts since construction, in this process. */
  stats(): CacheStats {
    return statsOf(this.#engine);
  }

  /** Every entry, decoded: questions and answers in the clear. */
  export(): AsyncIterable<ExportedEntry> {
    return exportEntries(this.#engine);
  }

  /** Adds exported entries; returns how many fitted (same embedding, not expired, well-formed). */
  import(entries: Iterable<ExportedEntry> | AsyncIterable<ExportedEntry>): Promise<number> {
    return importEntries(this.#engine, entries);
  }

  /** Loads the embedding model and the guards' tables, so that the first request does not wait for them. Rejects when the model cannot be loaded. */
  async warmUp(): Promise<void> {
    await this.#engine.memo.embed("warm up");
    firstRefusal(this.#engine.guards, "How do I warm up?", "How can I warm it up?", 0.9);
  }

  /** Resolves when nothing is judged or renewed in the background any more. */
  idle(): Promise<void> {
    return this.#engine.tasks.idle();
  }

  /** Waits for background work, then closes the store. No other call may follow. */
  async close({ drainMs = 5_000 }: { readonly drainMs?: number } = {}): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.#learning.flushTouches().then(() => this.idle()), limit]);
    clearTimeout(timer);
    await this.#engine.store.close();
  }

  async #produce<T>(
    lookup: Lookup,
    run: (signal: AbortSignal | undefined) => Promise<T>,
    producer: Producer<T>,
    call: CacheCall,
    signal: AbortSignal | undefined,
  ): Promise<{ value: T; response: CachedResponse | null; kept: boolean }> {
    const { clock } = this.#engine;
    const started = clock.monotonic();
    const value = await run(signal);
    let response: CachedResponse | null = null;
    let kept = false;
    try {
      response = producer.encode(value, clock.monotonic() - started);
      if (response) kept = (await this.#keep(lookup, response, producer.store ?? {}, call)) !== null;
    } catch (error) {
      // The answer is paid for: nothing of ours may lose it.
      this.#engine.failed("store", error);
    }
    return { value, response, kept };
  }

  async #keep(
    lookup: Pick<Lookup, "key" | "question" | "candidate"> & { readonly decision?: CacheDecision },
    response: CachedResponse,
    options: StoreOptions,
    call: CacheCall,
  ): Promise<string | null> {
    const { key, question = "", candidate } = lookup;
    if (!key) return null;
    this.#open.delete(key.id);
    const former = lookup.decision?.entry?.id === key.id ? lookup.decision.entry : undefined;
    const stored = await keep(this.#engine, key, question, response, options, former);
    if (stored) this.#seen.set(key.partition, key.parts);
    const answered = stored !== null || response.text !== "";
    if (candidate && answered) this.#learning.compare(candidate, key, question, response, stored, call);
    return stored?.id ?? null;
  }

  #note(lookup: Lookup): void {
    const { decision, key } = lookup;
    if (!key) return;
    if (isHit(decision)) {
      this.#served.set(decision.id, lookup);
      this.#served.set(decision.entry.id, lookup);
      this.#learning.touch(decision.entry.id);
      this.#engine.options.admission?.reused?.(key.partition);
    } else {
      this.#open.set(key.id, lookup);
    }
  }
}
