import { describe, expect, it } from "vitest";
import { valueAdmission } from "./admission.ts";
import { ASKED, testCache } from "./__fixtures__/questions.ts";

const candidate = { response: { text: "x" }, partition: "p", scope: "s", bytes: 2000, ttlMs: 86_400_000 };

describe("valueAdmission", () => {
  it("keeps what may save more than it costs to keep, and what has no price", () => {
    const policy = valueAdmission({ storageUsdPerGbMonth: 1, embeddingUsd: 0.00001 });
    expect(policy.refuse({ ...candidate, nanoUsd: 1_000_000 })).toBeNull();
    expect(policy.refuse({ ...candidate, nanoUsd: 10_000 })).toBe("not-worth-it");
    expect(policy.refuse({ ...candidate, nanoUsd: null })).toBeNull();
  });

  it("learns per partition what is asked again", () => {
    const policy = valueAdmission({ embeddingUsd: 0.00001 });
    const price = { ...candidate, nanoUsd: 60_000 };
    expect(policy.refuse(price)).toBe("not-worth-it");
    for (let use = 0; use < 10; use += 1) policy.reused?.("p");
    expect(policy.refuse(price)).toBeNull();
    expect(policy.refuse({ ...price, partition: "other" })).toBe("not-worth-it");
  });

  it("counts in the cache what it refuses", async () => {
    const cache = testCache({ admission: valueAdmission({ embeddingUsd: 1 }) });
    expect(await cache.store({ text: ASKED }, "x", { nanoUsd: 5 })).toBeNull();
    expect(cache.stats().notStored).toEqual({ "not-worth-it": 1 });
  });
});
