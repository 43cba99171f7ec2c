import { expect, it } from "vitest";
import { createCircuit } from "./circuit.ts";

const fails = () => Promise.reject(Object.assign(new Error("down"), { status: 500 }));
const answers = () => Promise.resolve("ok");

// Four good calls, then bad ones: the share of failures grows towards the limit and never leaps over it.
it.each([
  ["opens when exactly the given share of calls has failed", 4, "open"],
  ["stays closed below it", 3, "closed"],
] as const)("%s", async (_what, failures, state) => {
  const circuit = createCircuit({ failureRate: 0.5, minCalls: 5 });
  for (let call = 0; call < 4; call += 1) await circuit.run(answers);
  for (let call = 0; call < failures; call += 1) await circuit.run(fails).catch(() => undefined);
  expect(circuit.state).toBe(state);
});
