import { type Clock, dispatchSavings } from "@langthrift/core";
import type { EventFields } from "../engine/savings.ts";
import type { HistoryCall } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";

/** Sends an event of a call; `decisionId` joins it to others. Never rejects. */
export type EventSender = (call: HistoryCall, fields: EventFields, decisionId?: string) => Promise<void>;

export function createEventSender(
  onEvent: HistorySummarizerOptions["onEvent"],
  clock: Pick<Clock, "now">,
  newId: () => string,
): EventSender {
  return ({ config }, fields, decisionId = newId()) =>
    dispatchSavings(
      { version: 1, id: newId(), decisionId, strategy: "history-summarizer", at: clock.now(), ...fields },
      { config, onEvent },
    );
}
