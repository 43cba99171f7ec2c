import { InvalidOptionError } from "@langthrift/core";
import { scriptedEmbeddings } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { calibrate, type CalibrationPair } from "./calibrate.ts";
import { suggestFloor } from "./suggest-floor.ts";
import { thresholdPolicy } from "./threshold-policy.ts";
import { verifiedPolicy } from "./verified-policy.ts";

/** "a 12" is at 12 degrees. */
const embeddings = scriptedEmbeddings((text) => {
  const radians = (Number(text.split(" ")[1]) * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
});

/** Right up to 20 degrees apart, wrong beyond. */
const pairs: CalibrationPair[] = Array.from({ length: 800 }, (_, index) => ({
  question: `a ${(index % 40) + index / 1000}`,
  cachedQuestion: "a 0",
  same: index % 40 < 20,
}));

describe("calibrate", () => {
  it("finds the threshold that the pairs can show, and none that they cannot", async () => {
    const calibration = await calibrate(thresholdPolicy({ minSimilarity: 0.9 }), pairs, { embeddings });
    expect(calibration.used).toBe(800);
    const threshold = calibration.minSimilarityFor(0.02);
    expect(threshold).toBeGreaterThan(Math.cos((21 * Math.PI) / 180));
    expect(threshold).toBeLessThan(Math.cos((18 * Math.PI) / 180));
    expect(calibration.minSimilarityFor(0.001)).toBeNull();
    expect(() => calibration.minSimilarityFor(0)).toThrow(InvalidOptionError);
  });

  it("teaches a verified policy for partitions that have learned nothing yet", async () => {
    const policy = verifiedPolicy({ floor: 0.75 });
    const candidate = { partition: "new", family: "new", entryId: "e", agreement: "few", labels: [] } as const;
    expect(policy.decide({ ...candidate, similarity: 0.999 }).serve).toBe(false);
    await calibrate(policy, pairs, { embeddings });
    expect(policy.decide({ ...candidate, similarity: 0.999 }).serve).toBe(true);
    expect(policy.decide({ ...candidate, similarity: 0.9 }).serve).toBe(false);
  });

  it("leaves out what the guards refuse", async () => {
    const never = { name: "never", check: () => "no" };
    expect(await calibrate(verifiedPolicy(), pairs, { embeddings, guards: [never] })).toMatchObject({ used: 0, refused: 800 });
  });
});

describe("suggestFloor", () => {
  it("is where unrelated texts end", async () => {
    const texts = Array.from({ length: 24 }, (_, index) => `a ${index * 15}`);
    const floor = await suggestFloor(embeddings, texts);
    expect(floor).toBeGreaterThanOrEqual(Math.cos(Math.PI / 12));
    expect(floor).toBeLessThanOrEqual(Math.cos(Math.PI / 12) + 0.011);
  });

  it("needs texts", async () => {
    await expect(suggestFloor(embeddings, ["a 1", "a 1"])).rejects.toThrow(InvalidOptionError);
  });
});
