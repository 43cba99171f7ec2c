import { createGuards, type GuardProfile } from "@langthrift/semantic-cache";
import { UsageError } from "../bench.ts";
import type { LabelledQuery } from "./query-file.ts";
import type { Admits } from "./stream.ts";

/** @throws {UsageError} for another word. */
export function guardProfile(value: string | undefined): GuardProfile {
  if (value === undefined) return "standard";
  if (value === "strict" || value === "standard" || value === "off") return value;
  throw new UsageError(`--guards is "${value}". Pass strict, standard or off.`);
}

/** Guards are pure, so each pair is asked once for all orders and thresholds. */
export function guardedAdmission(queries: readonly LabelledQuery[], profile: GuardProfile): Admits {
  const guards = createGuards(profile);
  const known = new Map<number, boolean>();
  return (index, other, similarity) => {
    const key = Math.min(index, other) * queries.length + Math.max(index, other);
    let admitted = known.get(key);
    if (admitted === undefined) {
      const a = (queries[index] as LabelledQuery).text;
      const b = (queries[other] as LabelledQuery).text;
      admitted = guards.every((guard) => guard.check(a, b, { similarity }) === null);
      known.set(key, admitted);
    }
    return admitted;
  };
}
