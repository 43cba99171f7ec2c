import { describe, expect, it } from "vitest";
import { seededRandom } from "../random.ts";
import { pairedDifference } from "./paired-difference.ts";

describe("pairedDifference", () => {
  it("finds a small shift under noise that both of a pair share, and says how sure it is", () => {
    const random = seededRandom(1);
    const differences = Array.from({ length: 200 }, () => {
      const noise = random() * 100;
      return noise + 1 + (random() - 0.5) - noise;
    });
    const { median, low, high } = pairedDifference(differences, seededRandom(2));
    expect(median).toBeCloseTo(1, 0);
    expect(low).toBeGreaterThan(0.8);
    expect(high).toBeLessThan(1.2);
    expect(low).toBeLessThanOrEqual(median);
    expect(high).toBeGreaterThanOrEqual(median);
  });

  it("does not claim a difference where there is none", () => {
    const random = seededRandom(3);
    const { low, high } = pairedDifference(
      Array.from({ length: 100 }, () => random() - 0.5),
      seededRandom(4),
    );
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});
