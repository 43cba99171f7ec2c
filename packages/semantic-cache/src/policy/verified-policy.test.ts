import { InvalidOptionError } from "@langthrift/core";
import { seededRandom } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import type { HitPolicy, PolicyCandidate, PolicyLabel } from "./hit-policy.ts";
import { verifiedPolicy } from "./verified-policy.ts";

const where = { partition: "p", family: "f", agreement: "few" } as const;

function candidate(entryId: string, similarity: number): PolicyCandidate {
  return { ...where, entryId, similarity, labels: [] };
}

function label(entryId: string, similarity: number, correct: boolean, source: PolicyLabel["source"] = "miss"): PolicyLabel {
  return { ...where, entryId, similarity, correct, source, at: 0 };
}

/** A made-up world: each entry has a threshold of its own, above which its answer is right. */
function simulate(
  policy: HitPolicy,
  seed: number,
  { entries = 60, requests = 6000, judgeError = 0 } = {},
): { hits: number; wrongPerHit: number } {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const world = Array.from({ length: entries }, () => ({ threshold: 0.83 + 0.07 * normal(), slope: 40 + 60 * random() }));
  let hits = 0;
  let wrong = 0;
  for (let request = 0; request < requests; request += 1) {
    const index = Math.floor(random() * entries);
    const { threshold = 1, slope = 50 } = world[index] ?? {};
    const unrelated = random() < 0.3;
    const similarity = unrelated ? 0.55 + 0.25 * random() : 0.7 + 0.3 * random();
    const right = !unrelated && random() < 1 / (1 + Math.exp(-slope * (similarity - threshold)));
    const entryId = `e${index}`;
    const decision = policy.decide(candidate(entryId, similarity));
    const audited = decision.serve && random() < policy.auditRate;
    if (decision.serve && !audited) {
      hits += 1;
      if (!right) wrong += 1;
    } else if (similarity >= (policy.labelFloor ?? 1)) {
      const judged = random() < judgeError ? !right : right;
      policy.observe(label(entryId, similarity, judged, audited ? "audit" : "miss"));
    }
  }
  return { hits: hits / requests, wrongPerHit: hits === 0 ? 0 : wrong / hits };
}

describe("verifiedPolicy", () => {
  it("serves nothing before it has learned, however similar", () => {
    const policy = verifiedPolicy();
    expect(policy.decide(candidate("e", 1))).toMatchObject({ serve: false, reason: "learning" });
    expect(policy.decide(candidate("e", 0.7))).toMatchObject({ serve: false, reason: "below-floor" });
    expect(policy.status().phase).toBe("learning");
  });

  it.each([1, 2, 3])("keeps the wrong-hit rate in a simulated world, seed %i", (seed) => {
    for (const maxWrongHitRate of [0.02, 0.05]) {
      const result = simulate(verifiedPolicy({ maxWrongHitRate }), seed);
      expect(result.wrongPerHit).toBeLessThanOrEqual(maxWrongHitRate);
      expect(result.hits).toBeGreaterThan(0.05);
    }
  });

  it.each([1, 2, 3])("keeps it with 3 %% wrong judgements, seed %i", (seed) => {
    const result = simulate(verifiedPolicy({ maxWrongHitRate: 0.05, judgeErrorRate: 0.03 }), seed, { judgeError: 0.03 });
    expect(result.wrongPerHit).toBeLessThanOrEqual(0.05);
    expect(result.hits).toBeGreaterThan(0.05);
  });

  it("serves a world in which everything above the floor is right", () => {
    const policy = verifiedPolicy();
    for (let index = 0; index < 300; index += 1) policy.observe(label(`e${index % 100}`, 0.8 + (index % 20) / 100, true));
    expect(policy.decide(candidate("new", 0.95))).toMatchObject({ serve: true, reason: "confident" });
  });

  it("never serves a world in which nothing is right", () => {
    const policy = verifiedPolicy();
    for (let index = 0; index < 300; index += 1) policy.observe(label(`e${index % 100}`, 0.8 + (index % 20) / 100, false));
    expect(policy.decide(candidate("new", 1)).serve).toBe(false);
    expect(policy.decide(candidate("e1", 1)).serve).toBe(false);
  });

  it("decides the same after restore", () => {
    const policy = verifiedPolicy();
    simulate(policy, 7);
    const copy = verifiedPolicy();
    copy.restore(JSON.parse(JSON.stringify(policy.snapshot())));
    for (let index = 0; index < 60; index += 1) {
      for (const similarity of [0.76, 0.85, 0.9, 0.95, 0.99]) {
        expect(copy.decide(candidate(`e${index}`, similarity))).toEqual(policy.decide(candidate(`e${index}`, similarity)));
      }
    }
    expect(copy.status()).toEqual(policy.status());
    // And learns on alike: the next fit comes at the same label.
    for (let index = 0; index < 2000; index += 1) {
      const next = label(`e${index % 60}`, 0.9, index % 9 > 0);
      policy.observe(next);
      copy.observe(next);
    }
    expect(copy.decide(candidate("e3", 0.93))).toEqual(policy.decide(candidate("e3", 0.93)));
  });

  it("takes up the labels that come with an entry from a shared store", () => {
    const teach = verifiedPolicy();
    simulate(teach, 3);
    const fresh = verifiedPolicy();
    fresh.restore(teach.snapshot());
    const labels = Array.from({ length: 8 }, () => ({ similarity: 0.97, correct: false, source: "miss", at: 0 }) as const);
    const without = fresh.decide(candidate("elsewhere", 0.98)).confidence;
    expect(fresh.decide({ ...candidate("elsewhere", 0.98), labels }).confidence).toBeLessThan(without);
  });

  it("starts a new partition from its family, then from calibration, else from nothing", () => {
    const policy = verifiedPolicy();
    for (let index = 0; index < 300; index += 1) policy.observe(label(`e${index % 100}`, 0.8 + (index % 20) / 100, true));
    const elsewhere = { ...candidate("new", 0.95), partition: "other" };
    expect(policy.decide(elsewhere).serve).toBe(true);
    expect(policy.decide({ ...elsewhere, family: "stranger" }).serve).toBe(false);
    for (let index = 0; index < 300; index += 1) policy.observe(label(`c${index}`, 0.8 + (index % 20) / 100, true, "calibration"));
    expect(policy.decide({ ...elsewhere, family: "stranger" }).serve).toBe(true);
  });

  it("takes neighbours that agree for evidence, and rivals nearby against", () => {
    const policy = verifiedPolicy();
    const evidence = (agrees: boolean) =>
      ({
        similarity: 0.9,
        rival: agrees ? 0.7 : 0.89,
        next: 0.89,
        agreeing: agrees ? 3 : 0,
        followers: 3,
        overlap: 0.5,
        shorter: 5,
        longer: 6,
      }) as const;
    for (let index = 0; index < 400; index += 1) {
      const agrees = index % 2 === 0;
      policy.observe({ ...label(`e${index}`, 0.9, agrees || index % 4 === 1), evidence: evidence(agrees) });
    }
    expect(policy.decide({ ...candidate("new", 0.9), evidence: evidence(true) }).serve).toBe(true);
    expect(policy.decide({ ...candidate("new", 0.9), evidence: evidence(false) }).serve).toBe(false);
  });

  it("trips when audits show more wrong answers than promised, and serves again once they prove it", () => {
    const policy = verifiedPolicy({ maxWrongHitRate: 0.05 });
    for (let index = 0; index < 300; index += 1) policy.observe(label(`e${index}`, 0.9, true));
    expect(policy.decide(candidate("new", 0.95)).serve).toBe(true);
    expect(policy.status().phase).toBe("unproven");
    for (let index = 0; index < 8 && policy.status().phase !== "tripped"; index += 1)
      policy.observe(label(`w${index}`, 0.95, false, "audit"));
    expect(policy.status().phase).toBe("tripped");
    expect(policy.decide(candidate("new", 0.95)).serve).toBe(false);
    for (let index = 0; index < 59; index += 1) policy.observe(label(`r${index}`, 0.95, true, "audit"));
    expect(policy.status()).toMatchObject({ phase: "serving", audit: { audits: 59, wrong: 0 } });
  });

  it("only audits feed the reported rate", () => {
    const policy = verifiedPolicy();
    for (let index = 0; index < 50; index += 1) policy.observe(label("e", 0.9, false));
    expect(policy.status().audit).toMatchObject({ audits: 0, rate: null });
    policy.observe(label("e", 0.9, false, "audit"));
    policy.observe(label("e", 0.9, true, "audit"));
    expect(policy.status().audit).toMatchObject({ audits: 2, wrong: 1, rate: 0.5 });
  });

  it.each([
    { maxWrongHitRate: 0 },
    { maxWrongHitRate: 1 },
    { floor: 1.2 },
    { auditRate: -0.1 },
    { caution: -1 },
    { floor: Number.NaN },
    { judgeErrorRate: 0.5 },
  ])("rejects %o at construction", (options) => {
    expect(() => verifiedPolicy(options)).toThrow(InvalidOptionError);
  });

  it("refuses the state of another floor or policy", () => {
    const state = verifiedPolicy({ floor: 0.5 }).snapshot();
    expect(() => verifiedPolicy().restore(state)).toThrow(InvalidOptionError);
    expect(() => verifiedPolicy().restore({ ...state, policy: "threshold" })).toThrow(InvalidOptionError);
  });
});
