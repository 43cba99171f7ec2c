import { type AgentMiddleware, createMiddleware } from "langchain";
import type { ModelRouterOptions } from "../model-router-options.ts";
import { createModelRouter } from "../model-router.ts";
import { loadCandidate, type StringCandidate } from "./load-candidate.ts";

export interface ModelRouterMiddlewareOptions extends Omit<ModelRouterOptions, "candidates"> {
  readonly candidates: readonly StringCandidate[];
}

/**
 * Routes the model calls of an agent; the agent's own model is not used. Every step passes here, so a task stays on one model by the mark on its
 * last AI message, which lies in the agent's state and survives a restart through a checkpointer.
 *
 * @throws {InvalidOptionError} at construction, as `createModelRouter`.
 */
export function modelRouterMiddleware(options: ModelRouterMiddlewareOptions): AgentMiddleware {
  const router = createModelRouter({ ...options, candidates: options.candidates.map(loadCandidate) });
  return createMiddleware({
    name: "ModelRouterMiddleware",
    wrapModelCall: (request, handler) => handler({ ...request, model: router as never }),
  });
}
