import { differenceGuard } from "./difference-guard.ts";
import type { Guard, GuardProfile } from "./guard.ts";

/** The guards of a profile, in the order in which they are asked. */
export function createGuards(profile: GuardProfile): readonly Guard[] {
  if (profile === "off") return [];
  return [differenceGuard({ leftovers: profile === "strict" })];
}
