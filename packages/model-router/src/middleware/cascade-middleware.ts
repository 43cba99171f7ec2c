import { type AgentMiddleware, createMiddleware } from "langchain";
import { type CascadeModel, createCascade } from "../cascade/cascade-model.ts";
import type { CascadeOptions, CascadeStep } from "../cascade/cascade-options.ts";
import { isList } from "../is-list.ts";
import { loadCandidate, type StringCandidate } from "./load-candidate.ts";

/** As `CascadeStep`; the model may be named by a text. */
export interface CascadeMiddlewareStep extends Omit<CascadeStep, "candidate"> {
  readonly candidate: StringCandidate;
}

/** Options of {@link cascadeMiddleware}. */
export interface CascadeMiddlewareOptions extends Omit<CascadeOptions, "steps" | "final"> {
  /** Cheap candidates, cheapest first. */
  readonly steps: readonly CascadeMiddlewareStep[];
  /** Answers what no step's draft was good enough for. */
  readonly final: StringCandidate;
}

/**
 * Drafts each step of an agent with a cheap model and escalates where the draft is not good enough; the agent's own model is not used. Rejected
 * drafts reach neither the state nor the stream, and their tool calls are never run. A task that was escalated stays with the final model to its
 * end, by the mark on its last AI message, which lies in the agent's state and survives a restart through a checkpointer.
 *
 * @throws {InvalidOptionError} at construction, as `createCascade`.
 */
export function cascadeMiddleware(options: CascadeMiddlewareOptions | CascadeModel): AgentMiddleware {
  // Not by class: the ESM and the CJS copy of the package may meet.
  const cascade = "invoke" in options ? options : createCascade(resolved(options));
  return createMiddleware({
    name: "CascadeMiddleware",
    wrapModelCall: (request, handler) => handler({ ...request, model: cascade as never }),
  });
}

function resolved({ steps, final, ...rest }: CascadeMiddlewareOptions): CascadeOptions {
  return {
    ...rest,
    steps: isList(steps) ? steps.map((step) => ({ ...step, candidate: loadCandidate(step.candidate) })) : [],
    final: loadCandidate(final),
  };
}
