import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import { type Logger, resolveLogger } from "./logger.ts";
import type { NanoUsd } from "./money.ts";
import type { SavingsEvent } from "./savings-event.ts";

/** Options of {@link createFailureLog}. */
export interface FailureLogOptions {
  /** Stands in the log line and in the notice. */
  readonly strategy: SavingsEvent["strategy"];
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false | undefined;
  /** Called with every savings event, besides the callbacks of the run. @default none */
  readonly onEvent?: ((event: SavingsEvent) => void) | undefined;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
}

/** Counts the failures that a strategy survived. */
export interface FailureLog {
  /** Counts the failure; the first of each reason is also warned about and sent as a notice. Never throws. */
  note(reason: string, error: unknown): void;
  /** Failures by reason since construction. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Counts failures by reason; the first of each is logged and sent as a notice. */
export function createFailureLog({ strategy, logger, onEvent, clock = systemClock, newId = randomUUID }: FailureLogOptions): FailureLog {
  const log = resolveLogger(logger);
  const counts: Record<string, number> = {};
  return {
    counts,
    note(reason, error) {
      const seen = counts[reason] ?? 0;
      counts[reason] = seen + 1;
      if (seen > 0) return;
      try {
        // The error's text may quote a request, so only its name and message's head go into the log.
        log?.warn(`${strategy} failed open (${reason}); the request went on without it. Reported once.`, { error: describe(error) });
        const id = newId();
        onEvent?.({
          version: 1,
          id,
          decisionId: id,
          strategy,
          kind: "notice",
          reason,
          at: clock.now(),
          nanoUsd: 0 as NanoUsd,
          details: {},
        });
      } catch {
        // Reporting never breaks a call.
      }
    },
  };
}

function describe(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message.slice(0, 200)}`;
  return typeof error === "string" ? error.slice(0, 200) : typeof error;
}
