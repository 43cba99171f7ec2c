import type { HitPolicy } from "./hit-policy.ts";
import { thresholdPolicy } from "./threshold-policy.ts";

export function verifiedPolicy(): HitPolicy {
  return thresholdPolicy({ minSimilarity: 0.95 });
}
