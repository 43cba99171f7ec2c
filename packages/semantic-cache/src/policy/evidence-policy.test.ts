import { InvalidOptionError } from "@langthrift/core";
import { scriptedEmbeddings, seededRandom } from "@langthrift/test-helpers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Guard } from "../guards/guard.ts";
import { SemanticCache } from "../semantic-cache.ts";
import { type CandidateEvidence, gatherEvidence } from "./candidate-evidence.ts";
import { type EvidenceExample, estimateRight, fitEvidenceModel } from "./evidence-model.ts";
import { evidencePolicy } from "./evidence-policy.ts";
import { learnFromLog, type LoggedQuestion } from "./learn-from-log.ts";

function evidence(fields: Partial<CandidateEvidence> = {}): CandidateEvidence {
  return { similarity: 0.85, rival: null, next: null, agreeing: 0, followers: 0, overlap: 0.5, shorter: 5, longer: 7, ...fields };
}

/** Candidates that are right when no rival is near, whatever their similarity. */
function rivalExamples(count: number): EvidenceExample[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, () => {
    const similarity = 0.75 + 0.2 * random();
    const margin = 0.3 * random();
    const right = random() < 1 / (1 + Math.exp(-40 * (margin - 0.1)));
    return { evidence: evidence({ similarity, rival: similarity - margin, next: similarity - margin, followers: 3 }), right };
  });
}

describe("gatherEvidence", () => {
  it("finds the nearest neighbour with another answer and counts those with the same", () => {
    const found = gatherEvidence("How do I reset my PIN?", { similarity: 0.9, group: "pin", question: "how can i reset the pin" }, [
      { similarity: 0.88, group: "pin" },
      { similarity: 0.8, group: "card" },
      { similarity: 0.79, group: "pin" },
      { similarity: 0.7, group: "pin" },
    ]);
    expect(found).toEqual({ similarity: 0.9, rival: 0.8, next: 0.88, agreeing: 2, followers: 3, overlap: 0.5, shorter: 6, longer: 6 });
  });

  it("is symmetric in the questions and holds its ranges", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        const of = (question: string, cached: string) => gatherEvidence(question, { similarity: 0.9, group: "g", question: cached }, []);
        expect(of(a, b)).toEqual(of(b, a));
        expect(of(a, b).overlap).toBeGreaterThanOrEqual(0);
        expect(of(a, b).overlap).toBeLessThanOrEqual(1);
        expect(of(a, a).overlap).toBe(1);
      }),
    );
  });
});

describe("fitEvidenceModel", () => {
  it("learns what decides, and estimates its chances", () => {
    const model = fitEvidenceModel(rivalExamples(2000));
    const far = estimateRight(model, evidence({ rival: 0.62, next: 0.62, followers: 3 }));
    const near = estimateRight(model, evidence({ rival: 0.845, next: 0.845, followers: 3 }));
    expect(far).toBeGreaterThan(0.95);
    expect(near).toBeLessThan(0.1);
    // Calibrated: the mean estimate is the share that is right.
    const fresh = rivalExamples(2000);
    const mean = fresh.reduce((sum, example) => sum + estimateRight(model, example.evidence), 0) / fresh.length;
    expect(Math.abs(mean - fresh.filter(({ right }) => right).length / fresh.length)).toBeLessThan(0.02);
  });

  it("is deterministic and survives examples that are perfectly separable", () => {
    expect(fitEvidenceModel(rivalExamples(200))).toEqual(fitEvidenceModel(rivalExamples(200)));
    const separable = Array.from({ length: 40 }, (_, index) => ({
      evidence: evidence({ similarity: 0.7 + index * 0.005 }),
      right: index >= 20,
    }));
    expect(fitEvidenceModel(separable).weights.every(Number.isFinite)).toBe(true);
  });

  it("refuses what it cannot learn from", () => {
    expect(() => fitEvidenceModel(rivalExamples(10))).toThrow(InvalidOptionError);
    expect(() => fitEvidenceModel(rivalExamples(100).map((example) => ({ ...example, right: true })))).toThrow(/100 of them right/);
  });
});

/** Questions about topics at right angles; each topic's questions lie close together, and two topics are near each other. */
function topicLog(count: number): { log: LoggedQuestion[]; embed: (text: string) => number[] } {
  const random = seededRandom(5);
  const vectors = new Map<string, number[]>();
  const log = Array.from({ length: count }, (_, index) => {
    const topic = Math.floor(random() * 8);
    const text = `question ${index} on topic ${topic}`;
    const vector = Array.from({ length: 16 }, () => 0.12 * (random() - 0.5));
    // Topics 0 and 1 share a direction and differ little.
    vector[topic === 1 ? 0 : topic] = 1 + (vector[topic] as number);
    if (topic === 1) vector[9] = 0.5;
    vectors.set(text, vector);
    return { text, answer: `answer ${topic}` };
  });
  return { log, embed: (text) => vectors.get(text) ?? Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0)) };
}

describe("learnFromLog", () => {
  it("gives a policy that keeps the rate on what it has not seen", async () => {
    const { log, embed } = topicLog(600);
    const learned = await learnFromLog(log, { embeddings: scriptedEmbeddings(embed), maxWrongHitRate: 0.02 });
    expect(learned.heldOut.wrong).toBeLessThanOrEqual(0.02 * learned.heldOut.hits);
    expect(learned.heldOut.hits).toBeGreaterThan(100);
  });

  it("keeps guards that pay, and drops those that cost hits", async () => {
    const { log, embed } = topicLog(600);
    const embeddings = scriptedEmbeddings(embed);
    const topicOf = (text: string): string | undefined => /topic (\d)/.exec(text)?.[1];
    const options = { embeddings, maxWrongHitRate: 0.02 };
    const plain = await learnFromLog(log, options);
    expect(plain.guards).toEqual([]);
    const costly: Guard = { name: "odd", check: (a, b) => ((a.length + b.length) % 2 === 1 ? "other length" : null) };
    expect(await learnFromLog(log, { ...options, guards: [costly] })).toEqual(plain);
    // Of a perfect one nothing can be learned, since all it lets pass is right.
    const perfect: Guard = { name: "all", check: (a, b) => (topicOf(a) === topicOf(b) ? null : "other topic") };
    expect(await learnFromLog(log, { ...options, guards: [perfect] })).toEqual(plain);

    // Where vectors tell nothing, a guard that overlooks one in fifty is all there is.
    const blind = { embeddings: scriptedEmbeddings((text) => [1, (text.length % 7) / 100]), maxWrongHitRate: 0.05 };
    const useful: Guard = { name: "topics", check: (a, b) => (a.includes(" 50") ? null : perfect.check(a, b, { similarity: 1 })) };
    const helped = await learnFromLog(log, { ...blind, guards: [useful] });
    expect(helped.guards).toEqual([useful]);
    expect(helped.heldOut.hits).toBeGreaterThan(100);
  });

  it("refuses an empty log", async () => {
    await expect(learnFromLog([], { embeddings: scriptedEmbeddings(() => [1]), maxWrongHitRate: 0.02 })).rejects.toThrow(
      InvalidOptionError,
    );
  });

  it("serves inside the cache", async () => {
    const { log, embed } = topicLog(400);
    const embeddings = scriptedEmbeddings(embed);
    const { model, minConfidence } = await learnFromLog(log.slice(0, 300), { embeddings, maxWrongHitRate: 0.02 });
    const cache = new SemanticCache({
      embeddings,
      scope: "test",
      policy: evidencePolicy({ model, minConfidence, auditRate: 0 }),
      guards: "off",
      logger: false,
    });
    let hits = 0;
    let wrong = 0;
    for (const { text, answer } of log.slice(300)) {
      const query = { text, model: "m" };
      const decision = await cache.lookup(query);
      if (!decision.response) await cache.store(query, { text: answer });
      else {
        hits += 1;
        if (decision.response.text !== answer) wrong += 1;
      }
    }
    expect(hits).toBeGreaterThan(40);
    expect(wrong / hits).toBeLessThan(0.1);
    await cache.close();
  });
});

describe("evidencePolicy", () => {
  const model = fitEvidenceModel(rivalExamples(500));
  const candidate = { partition: "p", family: "f", entryId: "e", similarity: 0.85, agreement: "few" as const, labels: [] };

  it("serves nothing without evidence", () => {
    expect(evidencePolicy({ model, minConfidence: 0.5 }).decide(candidate)).toMatchObject({ serve: false, confidence: 0 });
  });

  it("serves exact hits only once audits contradict the promise, and remembers it", () => {
    const policy = evidencePolicy({ model, minConfidence: 0.5, maxWrongHitRate: 0.05 });
    const sure = { ...candidate, evidence: evidence({ rival: 0.61, next: 0.61, followers: 3 }) };
    expect(policy.decide(sure).serve).toBe(true);
    for (let count = 0; count < 20; count += 1) {
      policy.observe({ ...candidate, correct: false, source: "audit", at: count });
    }
    expect(policy.decide(sure)).toMatchObject({ serve: false, reason: "tripped" });
    const restored = evidencePolicy({ model, minConfidence: 0.5, maxWrongHitRate: 0.05 });
    restored.restore(policy.snapshot());
    expect(restored.decide(sure).reason).toBe("tripped");
  });

  it.each([{ minConfidence: 1.5 }, { floor: -1 }, { auditRate: Number.NaN }, { model: { ...model, version: 2 } }])(
    "refuses %o",
    (options) => {
      expect(() => evidencePolicy({ model, minConfidence: 0.5, ...(options as object) })).toThrow(InvalidOptionError);
    },
  );
});
