import { stableHash, withTimeout } from "@langthrift/core";
import type { CacheKey } from "../cache-key.ts";
import type { CacheEntry, CacheEntryState, CacheLabel } from "../cache-store.ts";
import type { CachedResponse, EntryRecord } from "../cached-response.ts";
import type { CandidateEvidence } from "../policy/candidate-evidence.ts";
import type { Judge } from "../judge.ts";
import { answerJudge, normalizeAnswer } from "./default-judge.ts";
import type { Engine } from "./engine.ts";
import { firstRefusal } from "./checks.ts";
import type { CacheCall, Candidate } from "./lookup.ts";

const LABELS_KEPT = 64;
const JUDGE_LIMIT_MS = 30_000;
const TOUCH_EVERY_MS = 1_000;

/** Turns fresh answers into labels for the policy, after the caller has its answer. */
export class Learning {
  readonly #engine: Engine;
  readonly #judge: Judge;
  readonly #onTripped: () => void;
  readonly #patches = new Map<string, Promise<void>>();
  readonly #touched = new Map<string, number>();
  #touchTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: Engine, onTripped: () => void) {
    this.#engine = engine;
    this.#judge = engine.options.judge ?? answerJudge((text) => engine.memo.embed(text), engine.guards);
    this.#onTripped = onTripped;
  }

  /** Queues the judgement of what a lookup found against the model's fresh answer. */
  compare(
    candidate: Candidate,
    key: CacheKey,
    question: string,
    response: CachedResponse,
    stored: CacheEntry | null,
    call: CacheCall,
  ): void {
    if (candidate.label === null) return;
    const source = candidate.label;
    this.#engine.tasks.add(async () => {
      const { guards, policy, counters } = this.#engine;
      const { entry, record, similarity, agreement, evidence } = candidate;
      if (!candidate.guarded && firstRefusal(guards, question, record.question, similarity)) return;
      const pair = {
        question,
        cachedQuestion: record.question,
        cachedAnswer: record.response.text,
        answer: response.text,
        similarity,
        ...(call.config && { config: call.config }),
      };
      const verdict = await withTimeout("judging two answers", JUDGE_LIMIT_MS, () => this.#judge(pair)).catch((error: unknown) => {
        this.#engine.failures.note("judge", error);
        return "unsure" as const;
      });
      counters.judged[verdict === "same" || verdict === "different" ? verdict : "unsure"] += 1;
      if (verdict !== "same" && verdict !== "different") return;
      const label: CacheLabel = { similarity, correct: verdict === "same", source, at: this.#engine.clock.now(), agreement };
      await this.learn(entry.id, key, label, evidence);
      if (verdict === "same" && stored && source !== "refresh") await this.#join(stored, record.group, policy.keepAgreeing);
    });
  }

  /** Teaches the policy, and keeps the label with its entry. */
  async learn(entryId: string, key: Pick<CacheKey, "partition" | "family">, label: CacheLabel, evidence: CandidateEvidence): Promise<void> {
    const { policy } = this.#engine;
    const before = policy.status().phase;
    policy.observe({ ...label, partition: key.partition, family: key.family, entryId, agreement: label.agreement ?? "few", evidence });
    if (before !== "tripped" && policy.status().phase === "tripped") this.#onTripped();
    await this.patchState(entryId, (state) => ({ ...state, labels: [...state.labels, label].slice(-LABELS_KEPT) }));
  }

  /** Changes an entry's state; changes of one entry follow each other, so none is lost in this process. */
  patchState(id: string, change: (state: CacheEntryState) => CacheEntryState): Promise<void> {
    const { store, clock, failures } = this.#engine;
    const run = async (): Promise<void> => {
      try {
        const entry = await store.get(id, clock.now());
        if (entry) await store.update(id, { state: change(entry.state) });
      } catch (error) {
        failures.note("store-update", error);
      }
    };
    const chained = (this.#patches.get(id) ?? Promise.resolve()).then(run);
    this.#patches.set(id, chained);
    return chained.finally(() => {
      if (this.#patches.get(id) === chained) this.#patches.delete(id);
    });
  }

  /** Counts a use of an entry; written at most once a second, because a hit must not wait for it. */
  touch(id: string): void {
    this.#touched.set(id, (this.#touched.get(id) ?? 0) + 1);
    if (this.#touchTimer) return;
    this.#touchTimer = setTimeout(() => {
      this.#touchTimer = undefined;
      this.#engine.tasks.add(() => this.flushTouches());
    }, TOUCH_EVERY_MS);
    this.#touchTimer.unref?.();
  }

  async flushTouches(): Promise<void> {
    clearTimeout(this.#touchTimer);
    this.#touchTimer = undefined;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const [id, uses] of touched) await this.patchState(id, (state) => ({ ...state, uses: state.uses + uses }));
  }

  /**
   * The fresh answer agrees with an older entry's: remember that, and where the policy learns by entry, find the new one only by its
   * exact question from now on, so that labels gather on few entries.
   */
  async #join(stored: CacheEntry, group: string, keep: "exact" | "vector"): Promise<void> {
    const { store, codec, clock, failures } = this.#engine;
    const record = this.#engine.readRecord(stored);
    if (!record) return;
    try {
      // Replaced or invalidated meanwhile: leave it alone.
      const current = await store.get(stored.id, clock.now());
      if (!current || current.createdAt !== stored.createdAt) return;
      const payload = codec.encode(JSON.stringify({ ...record, group } satisfies EntryRecord), stored.id);
      if (keep === "exact") await store.put({ ...current, payload, vector: null });
      else await store.update(stored.id, { payload });
    } catch (error) {
      failures.note("store-update", error);
    }
  }
}

/** Entries whose answers are the same but for case and punctuation are one group from the start. */
export function answerGroup(response: CachedResponse): string {
  return stableHash("group", response.text === "" ? (response.value ?? null) : normalizeAnswer(response.text));
}
