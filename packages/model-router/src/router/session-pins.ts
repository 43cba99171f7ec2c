import type { Clock, FailureLog, RoutingDecision } from "@langthrift/core";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { RouteContext } from "../route-context.ts";
import type { RouterStore } from "../router-store.ts";
import { sessionKey, type StickyOptions } from "./sticky.ts";

const DEFAULT_TTL_MS = 3_600_000;
/** The key in `configurable` under which a caller that keeps the session's state itself hands its pin in. */
export const PIN_KEY = "langthriftRouterPin";

/** The model of a session, and until when it is kept. */
export interface SessionPin {
  readonly model: string;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** Where a session's model is kept between its requests. */
export interface SessionPins {
  /** A candidate's name; `undefined` when nothing is kept, or the store does not answer. Unchecked: a store may be shared or stale. */
  read(context: RouteContext): Promise<string | undefined>;
  /** Keeps the decision in the background, where it is one to keep. */
  keep(context: RouteContext, decision: RoutingDecision): void;
}

export interface SessionPinsOptions {
  readonly sticky: false | StickyOptions;
  readonly store: RouterStore;
  readonly clock: Pick<Clock, "now">;
  readonly failures: FailureLog;
}

export function createSessionPins({ sticky, store, clock, failures }: SessionPinsOptions): SessionPins {
  const active = sticky !== false && sticky.scope === "session" ? sticky : undefined;

  function keyOf(context: RouteContext): string | undefined {
    if (!active) return undefined;
    try {
      return sessionKey(context, active.key);
    } catch (error) {
      failures.note("session-key-failed", error);
      return undefined;
    }
  }

  return {
    async read(context) {
      const configurable = configurableOf(context.config);
      if (PIN_KEY in configurable) {
        const pin = readPin(configurable[PIN_KEY]);
        return pin && pin.expiresAt > clock.now() ? pin.model : undefined;
      }
      const key = keyOf(context);
      if (key === undefined) return undefined;
      try {
        const value = await store.get(key);
        return typeof value === "string" ? value : undefined;
      } catch (error) {
        failures.note("store-unavailable", error);
        return undefined;
      }
    },
    keep(context, decision) {
      // A caller that hands pins in keeps them itself.
      if (!isForSession(decision) || PIN_KEY in configurableOf(context.config)) return;
      const key = keyOf(context);
      if (key === undefined) return;
      store.set(key, decision.model, pinExpiry(active ?? {}, clock)).catch((error: unknown) => failures.note("store-unavailable", error));
    },
  };
}

/** A fallback, an escalation and a forced model are for one call, not for the session. */
export function isForSession({ policy, sticky, fallbackFrom }: RoutingDecision): boolean {
  return !fallbackFrom && policy !== "forced" && !(policy === "sticky" && !sticky);
}

export function pinExpiry({ ttlMs = DEFAULT_TTL_MS }: Pick<StickyOptions, "ttlMs">, clock: Pick<Clock, "now">): number {
  return clock.now() + ttlMs;
}

/** A pin from outside, checked. */
export function readPin(value: unknown): SessionPin | undefined {
  const { model, expiresAt } = (typeof value === "object" && value !== null ? value : {}) as Partial<SessionPin>;
  return typeof model === "string" && typeof expiresAt === "number" && Number.isFinite(expiresAt) ? { model, expiresAt } : undefined;
}

function configurableOf(config: RunnableConfig | undefined): Record<string, unknown> {
  return (config?.configurable ?? {}) as Record<string, unknown>;
}
