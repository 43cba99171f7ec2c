import { routingMark, systemClock } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { z } from "zod";
import type { ModelRouterOptions } from "../model-router-options.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import { isForSession, PIN_KEY, pinExpiry, type SessionPin } from "../router/session-pins.ts";
import { loadCandidates, type StringCandidate } from "./load-candidate.ts";

/** Options of {@link modelRouterMiddleware}. */
export interface ModelRouterMiddlewareOptions extends Omit<ModelRouterOptions, "candidates"> {
  /** As in `createModelRouter`; a model may also be named by a text, as in `initChatModel`. */
  readonly candidates: readonly StringCandidate[];
}

/** A leading underscore keeps it out of the caller's result. */
const stateSchema = z.object({ _modelRouter: z.unknown().optional() });

/**
 * Routes the model calls of an agent; the agent's own model is not used. Every step passes here, so a task stays on one model by the mark on its
 * last AI message, and with `sticky: { scope: "session" }` a conversation does by a private key of the agent's state, unless a `store` keeps it.
 * Both lie in the checkpoint, so they survive a restart.
 *
 * Give a router instead of options to keep a hand on it, for `recordFeedback` and `explain`.
 *
 * @throws {InvalidOptionError} at construction, as `createModelRouter`.
 */
export function modelRouterMiddleware(options: ModelRouterMiddlewareOptions | ModelRouter): AgentMiddleware {
  // Not by class: the ESM and the CJS copy of the package may meet.
  const router = "invoke" in options ? options : createModelRouter({ ...options, candidates: loadCandidates(options.candidates) });
  const session = router._sessionInState;
  if (!session) {
    return createMiddleware({
      name: "ModelRouterMiddleware",
      wrapModelCall: (request, handler) => handler({ ...request, model: router as never }),
    });
  }
  const middleware = createMiddleware({
    name: "ModelRouterMiddleware",
    stateSchema,
    wrapModelCall: (request, handler) => {
      const pin = (request.state as Record<string, unknown>)["_modelRouter"] ?? null;
      return handler({ ...request, model: router.withConfig({ configurable: { [PIN_KEY]: pin } }) as never });
    },
    afterModel: ({ messages }) => {
      const last = (messages as readonly BaseMessage[]).findLast(({ type }) => type === "ai");
      const mark = last && routingMark(last);
      if (!mark || !isForSession(mark)) return undefined;
      const pin: SessionPin = { model: mark.model, expiresAt: pinExpiry(session, session.clock ?? systemClock) };
      return { _modelRouter: pin };
    },
  });
  return middleware as unknown as AgentMiddleware;
}
