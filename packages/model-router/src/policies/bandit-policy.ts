import { type Clock, InvalidOptionError, type JsonValue, stableHash, systemClock } from "@langthrift/core";
import { isList } from "../is-list.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import type { RouteContext } from "../route-context.ts";
import { guardedStore } from "../router/guarded-store.ts";
import { EXPECTED_OUTPUT_TOKENS } from "../router/route-plan.ts";
import { tenantOf } from "../router/sticky.ts";
import type { RouterStore } from "../router-store.ts";
import type { CandidateView, PolicyResult, RoutingPolicy } from "../routing-policy.ts";
import { type KnownRewards, type RewardCount, RewardCounts } from "./reward-counts.ts";
import { sampleBeta } from "./sample-beta.ts";

/** Options of {@link banditPolicy}. */
export interface BanditPolicyOptions {
  /** Candidates' names to choose among, two or more. */
  readonly models: readonly string[];
  /**
   * Expected quality of each before any feedback, 0 to 1: fixed, or by request (a trained router's `predict(task).quality`). Worth `priorWeight`
   * rewards. @default 0.5 for all
   */
  readonly prior?: Readonly<Record<string, number>> | ((task: string) => Readonly<Record<string, number>>);
  /** A count of answers. @default 20 */
  readonly priorWeight?: number;
  /** Expected quality below which a candidate is never picked while another reaches it, 0 to 1. @default 0: none */
  readonly qualityFloor?: number;
  /** Only candidates this near to the best expected quality are picked. @default 0.05 */
  readonly margin?: number;
  /** Quality given up for a US dollar saved on the request. @default 0: the best one, whatever it costs */
  readonly lambda?: number;
  /** Requests that are alike share what is learnt: the name of the kind, few in number. @default all are one kind */
  readonly contextOf?: (context: RouteContext) => string;
  /** Whether tenants (`configurable.tenant`, `metadata.tenant`) learn from each other. @default false */
  readonly acrossTenants?: boolean;
  /** Age at which a reward counts half, in ms. @default 604_800_000 (a week) */
  readonly halfLifeMs?: number;
  /** How long after a decision feedback is taken, in ms. @default 86_400_000 (a day) */
  readonly feedbackTtlMs?: number;
  /** Where rewards are kept; a shared one lets processes learn together. @default memoryRouterStore() */
  readonly store?: RouterStore;
  /** Uniform in [0, 1). Give a seeded one to repeat a run. @default Math.random */
  readonly random?: () => number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
}

/** Below the router's `decideTimeoutMs`: a store that hangs leaves the bandit with what it knows, not the router with its default. */
const STORE_TIMEOUT_MS = 150;

/** What is believed of a candidate. */
interface Belief {
  readonly candidate: CandidateView;
  readonly rewarded: number;
  /** Of the Beta distribution. */
  readonly a: number;
  readonly b: number;
  readonly mean: number;
}

/**
 * Learns from feedback while it serves: Thompson sampling over Beta beliefs, by kind of request. Tell it how an answer was with
 * `router.recordFeedback(decisionId, reward)`, where `decisionId` is `response_metadata.router.id`; the reward goes to the candidate that
 * really answered, once. Without feedback it stays with the prior, so most of the answers should get some (a validator, a user's thumb).
 *
 * It explores only among candidates within `margin` of the best and at or above `qualityFloor` by expected quality; where none reaches the
 * floor it explores nothing and takes the best. A store that fails leaves it with what this process learnt.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 * @see Chapelle and Li, "An empirical evaluation of Thompson sampling", NIPS 2011
 */
export function banditPolicy(options: BanditPolicyOptions): RoutingPolicy {
  const { models, prior, priorWeight = 20, qualityFloor = 0, margin = 0.05, lambda = 0, contextOf, acrossTenants = false } = options;
  const { halfLifeMs = 604_800_000, feedbackTtlMs = 86_400_000, clock = systemClock, random = Math.random } = options;
  const store = guardedStore(options.store ?? memoryRouterStore({ clock }), { timeoutMs: STORE_TIMEOUT_MS, clock });
  checkOptions({ models, prior, priorWeight, qualityFloor, margin, lambda, halfLifeMs, feedbackTtlMs });
  const rewards = new RewardCounts({ store, prefix: "bandit", models, halfLifeMs, clock });

  function contextKey(context: RouteContext): string {
    return stableHash("bandit", acrossTenants ? "" : tenantOf(context.config), contextOf?.(context) ?? "");
  }

  function beliefs(task: string, eligible: readonly CandidateView[], counts: ReadonlyMap<string, RewardCount>): Belief[] {
    const expected = typeof prior === "function" ? prior(task) : prior;
    return eligible.flatMap((candidate) => {
      if (!models.includes(candidate.name)) return [];
      const before = clamp(expected?.[candidate.name] ?? 0.5);
      const { count, reward } = counts.get(candidate.name) ?? { count: 0, reward: 0 };
      const a = before * priorWeight + reward;
      const b = (1 - before) * priorWeight + count - reward;
      return [{ candidate, rewarded: count, a, b, mean: a / (a + b) }];
    });
  }

  function choose({ inputTokens }: RouteContext, believed: readonly Belief[], stale: boolean): PolicyResult {
    if (believed.length === 0) return { kind: "abstain", reason: "none of its models can serve the request" };
    const costOf = ({ candidate }: Belief): number | null =>
      lambda === 0 ? 0 : candidate.priceOf({ inputTokens, outputTokens: EXPECTED_OUTPUT_TOKENS });
    const best = Math.max(...believed.map(({ mean }) => mean));
    const within = believed.filter(({ mean }) => mean >= qualityFloor && mean >= best - margin);
    const tried = within.length > 0 ? within : believed.filter(({ mean }) => mean === best);
    let picked = tried[0]!;
    let worth = -Infinity;
    for (const belief of tried) {
      const cost = costOf(belief);
      if (cost === null) continue;
      const drawn = tried.length === 1 ? belief.mean : sampleBeta(Math.max(1e-3, belief.a), Math.max(1e-3, belief.b), random);
      const value = drawn - (lambda * cost) / 1e9;
      if (value <= worth) continue;
      picked = belief;
      worth = value;
    }
    return {
      kind: "pick",
      model: picked.candidate.name,
      reason: within.length === 0 ? "none reaches the quality floor: the best" : tried.length === 1 ? "the only one good enough" : "drawn",
      ...(worth > -Infinity && { score: round(worth) }),
      threshold: round(Math.max(qualityFloor, best - margin)),
      quality: Object.fromEntries(believed.map(({ candidate, mean }) => [candidate.name, round(mean)])),
      signals: {
        among: tried.map(({ candidate }) => candidate.name),
        rewarded: Object.fromEntries(believed.map(({ candidate, rewarded }) => [candidate.name, round(rewarded)])),
        ...(stale && { storeUnavailable: true }),
      },
    };
  }

  return {
    name: "bandit",
    models,
    needsPrices: lambda > 0,
    decide(context, eligible) {
      const read = rewards.read(contextKey(context));
      const decided = ({ counts, stale }: KnownRewards) => choose(context, beliefs(context.task, eligible, counts), stale);
      return read instanceof Promise ? read.then(decided) : decided(read);
    },
    async onDecision(decisionId, context, model) {
      if (!models.includes(model)) return;
      await store.set(decisionKey(decisionId), { context: contextKey(context), model }, clock.now() + feedbackTtlMs);
    },
    async recordFeedback(decisionId, reward) {
      const served = readServed(await store.get(decisionKey(decisionId)));
      if (!served) return;
      // Whoever counts first takes it: feedback that comes twice, or at two processes, counts once.
      const claims = await store.add(`${decisionKey(decisionId)}:claimed`, 1, clock.now() + feedbackTtlMs);
      if (claims > 1) return;
      await rewards.add(served.context, served.model, clamp(reward));
      await store.delete(decisionKey(decisionId));
    },
  };
}

function decisionKey(decisionId: string): string {
  return `bandit:decision:${stableHash(decisionId)}`;
}

function readServed(value: JsonValue | undefined): { readonly context: string; readonly model: string } | undefined {
  const { context, model } = (typeof value === "object" && value !== null ? value : {}) as { context?: unknown; model?: unknown };
  return typeof context === "string" && typeof model === "string" ? { context, model } : undefined;
}

function checkOptions(
  options: Required<
    Pick<BanditPolicyOptions, "models" | "priorWeight" | "qualityFloor" | "margin" | "lambda" | "halfLifeMs" | "feedbackTtlMs">
  > &
    Pick<BanditPolicyOptions, "prior">,
): void {
  const { models, prior, priorWeight, lambda, halfLifeMs, feedbackTtlMs } = options;
  if (!isList(models)) throw new InvalidOptionError("`models` is no list. Name two candidates or more.");
  if (new Set(models).size !== models.length || models.length < 2) {
    throw new InvalidOptionError(`\`models\` names ${new Set(models).size} different candidates. Name two or more, each once.`);
  }
  for (const name of ["qualityFloor", "margin"] as const) {
    if (!(options[name] >= 0 && options[name] <= 1))
      throw new InvalidOptionError(`\`${name}\` is ${options[name]}. Pass a number from 0 to 1.`);
  }
  if (!(Number.isFinite(priorWeight) && priorWeight > 0)) {
    throw new InvalidOptionError(`\`priorWeight\` is ${priorWeight}. Pass a number of rewards, above 0.`);
  }
  if (!(Number.isFinite(lambda) && lambda >= 0))
    throw new InvalidOptionError(`\`lambda\` is ${lambda}. Pass quality for a US dollar, 0 or more.`);
  for (const [name, value] of Object.entries({ halfLifeMs, feedbackTtlMs })) {
    if (!(Number.isFinite(value) && value > 0)) throw new InvalidOptionError(`\`${name}\` is ${value}. Pass milliseconds, above 0.`);
  }
  if (typeof prior !== "object") return;
  for (const [name, value] of Object.entries(prior)) {
    if (!models.includes(name)) throw new InvalidOptionError(`\`prior\` names "${name}", which is not in \`models\`.`);
    if (!(value >= 0 && value <= 1)) throw new InvalidOptionError(`The \`prior\` of "${name}" is ${value}. Pass a number from 0 to 1.`);
  }
}

function clamp(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.5;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
