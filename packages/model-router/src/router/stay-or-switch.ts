import type { RouteContext } from "../route-context.ts";
import type { Choice } from "./ask-policy.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import { EXPECTED_OUTPUT_TOKENS } from "./route-plan.ts";
import type { SessionPins } from "./session-pins.ts";
import { isStalled, loopModel, type StickyOptions, switchPays } from "./sticky.ts";

export interface StayOptions {
  readonly candidates: readonly ResolvedCandidate[];
  readonly sticky: false | StickyOptions;
  readonly pins: SessionPins;
}

/** Keeps the model within a tool loop and, where it pays or was asked for, within a session; asks the policy otherwise. */
export async function stayOrSwitch(
  context: RouteContext,
  eligible: readonly ResolvedCandidate[],
  { candidates, sticky, pins }: StayOptions,
  ask: () => Promise<Choice>,
): Promise<Choice> {
  if (sticky === false) return ask();
  // The mark and the pin may be forged or stale: only a candidate's name counts.
  const byName = (name: string | undefined) => candidates.find((candidate) => candidate.name === name);

  const loop = byName(loopModel(context));
  if (loop && eligible.includes(loop)) {
    const stronger = isStalled(context) ? eligible.find(({ rank }) => rank > loop.rank) : undefined;
    if (stronger) return { candidate: stronger, policy: "sticky", reason: "stalled: one tier up" };
    return { candidate: loop, policy: "sticky", reason: "tool-loop", sticky: true };
  }

  const session = sticky.scope === "session";
  const current = byName(session ? await pins.read(context) : context.previous?.model);
  if (session && sticky.upgradeOnly && current && eligible.includes(current) && eligible.every(({ rank }) => rank <= current.rank)) {
    // There is no way up: what the policy says would not count, and asking may cost.
    return { candidate: current, policy: "sticky", reason: "session", sticky: true };
  }
  const choice = await ask();
  if (!current || !eligible.includes(current) || choice.candidate === current) return choice;
  const stay: Choice = {
    candidate: current,
    policy: "sticky",
    reason: session ? "session" : "switch-does-not-pay",
    sticky: true,
    ...(choice.evidence && { evidence: choice.evidence }),
  };
  // A default is no evidence for leaving a session's model.
  if (session && !choice.picked) return stay;
  if (choice.candidate.rank > current.rank) return choice;
  if (session && sticky.upgradeOnly) return stay;
  const freshTokens = Math.min(context.inputTokens, Math.ceil(context.task.length / 4));
  const pays = switchPays(current, choice.candidate, {
    cachedTokens: context.inputTokens - freshTokens,
    freshTokens,
    outputTokens: EXPECTED_OUTPUT_TOKENS,
  });
  return pays ? choice : stay;
}
