import type { Clock } from "@langthrift/core";
import type { RouterStore } from "../router-store.ts";

/** Weighted rewards of one model in one context. */
export interface RewardCount {
  /** Decisions that were rewarded, old ones counting less. */
  readonly count: number;
  /** Sum of their rewards of 0 to 1. */
  readonly reward: number;
}

/** What is known of a context. */
export interface KnownRewards {
  /** By model. */
  readonly counts: ReadonlyMap<string, RewardCount>;
  /** The store did not answer: only what this process saw is known. */
  readonly stale: boolean;
}

export interface RewardCountsOptions {
  /** Limited in time by its owner. */
  readonly store: RouterStore;
  /** Begins every key. */
  readonly prefix: string;
  readonly models: readonly string[];
  /** Age at which a reward counts half, in ms. */
  readonly halfLifeMs: number;
  readonly clock: Pick<Clock, "now">;
}

/** Epochs in a half-life, and epochs that are kept: four half-lives, after which a reward counts a sixteenth and is dropped. */
const EPOCHS_PER_HALF_LIFE = 2;
const KEPT_EPOCHS = 8;
/** What other processes learnt is read this often, in the background. */
const REFRESH_MS = 5_000;
const MAX_CONTEXTS = 10_000;

/** Count and reward are one integer, so that one atomic addition changes both: up to a million rewards an epoch, in thousandths. */
const REWARD_UNIT = 1000;
const COUNT_UNIT = 2 ** 31;

interface Context {
  /** By model, then by epoch. */
  readonly sums: Map<string, Map<number, number>>;
  readAt: number;
  reading?: Promise<void> | undefined;
  stale: boolean;
}

/** Rewards by context and model, kept as integers in the store, so that processes share them and lose none; forgotten by age. */
export class RewardCounts {
  readonly #options: RewardCountsOptions;
  readonly #contexts = new Map<string, Context>();

  constructor(options: RewardCountsOptions) {
    this.#options = options;
  }

  /**
   * The first use of a context waits for the store; later ones take what is known and refresh it in the background. Never rejects.
   */
  read(context: string): KnownRewards | Promise<KnownRewards> {
    const known = this.#context(context);
    const due = this.#options.clock.now() - known.readAt >= REFRESH_MS;
    if (due && !known.reading) {
      known.reading = this.#refresh(context, known).finally(() => {
        known.reading = undefined;
      });
    }
    if (known.readAt === -Infinity && known.reading) return known.reading.then(() => this.#snapshot(known));
    return this.#snapshot(known);
  }

  /** Adds one reward. Rejects when the store does; the reward then still counts in this process. */
  async add(context: string, model: string, reward: number): Promise<void> {
    const epoch = this.#epoch();
    const known = this.#context(context);
    const delta = COUNT_UNIT + Math.round(reward * REWARD_UNIT);
    const { store } = this.#options;
    const sums = this.#sumsOf(known, model);
    const before = sums.get(epoch) ?? 0;
    sums.set(epoch, before + delta);
    const stored = await store.add(this.#key(context, model, epoch), delta, this.#expiry(epoch));
    sums.set(epoch, Math.max(stored, sums.get(epoch) ?? 0));
  }

  #context(name: string): Context {
    const known = this.#contexts.get(name) ?? { sums: new Map(), readAt: -Infinity, stale: false };
    // The least recently used goes first.
    this.#contexts.delete(name);
    this.#contexts.set(name, known);
    if (this.#contexts.size > MAX_CONTEXTS) this.#contexts.delete(this.#contexts.keys().next().value!);
    return known;
  }

  async #refresh(name: string, known: Context): Promise<void> {
    const { store, models, clock } = this.#options;
    const last = this.#epoch();
    const epochs = Array.from({ length: KEPT_EPOCHS }, (_, age) => last - age);
    try {
      const values = await Promise.all(models.flatMap((model) => epochs.map((epoch) => store.get(this.#key(name, model, epoch)))));
      for (const [at, value] of values.entries()) {
        if (typeof value !== "number") continue;
        const sums = this.#sumsOf(known, models[Math.floor(at / KEPT_EPOCHS)]!);
        const epoch = epochs[at % KEPT_EPOCHS]!;
        // A reward may have been added meanwhile; sums only grow.
        sums.set(epoch, Math.max(value, sums.get(epoch) ?? 0));
      }
      known.stale = false;
    } catch {
      known.stale = true;
    }
    known.readAt = clock.now();
  }

  #snapshot({ sums, stale }: Context): KnownRewards {
    const last = this.#epoch();
    const counts = new Map<string, RewardCount>();
    for (const [model, byEpoch] of sums) {
      let count = 0;
      let reward = 0;
      for (const [epoch, sum] of byEpoch) {
        const age = last - epoch;
        if (age >= KEPT_EPOCHS) byEpoch.delete(epoch);
        if (age >= KEPT_EPOCHS || age < 0) continue;
        const weight = 0.5 ** (age / EPOCHS_PER_HALF_LIFE);
        count += weight * Math.floor(sum / COUNT_UNIT);
        reward += (weight * (sum % COUNT_UNIT)) / REWARD_UNIT;
      }
      counts.set(model, { count, reward });
    }
    return { counts, stale };
  }

  #sumsOf({ sums }: Context, model: string): Map<number, number> {
    const known = sums.get(model) ?? new Map<number, number>();
    sums.set(model, known);
    return known;
  }

  get #epochMs(): number {
    return this.#options.halfLifeMs / EPOCHS_PER_HALF_LIFE;
  }

  #epoch(): number {
    return Math.floor(this.#options.clock.now() / this.#epochMs);
  }

  #expiry(epoch: number): number {
    return Math.ceil((epoch + KEPT_EPOCHS) * this.#epochMs);
  }

  #key(context: string, model: string, epoch: number): string {
    return `${this.#options.prefix}:${context}:${encodeURIComponent(model)}:${epoch}`;
  }
}
