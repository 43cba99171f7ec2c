import type { BaseMessage } from "@langchain/core/messages";

/** What a process remembers of a session; losing it costs accuracy, no message. */
export interface SessionState {
  /** Failures in a row. */
  failures: number;
  /** Calls to let pass before the next attempt. */
  skip: number;
  /** ms since epoch */
  lastCallAt?: number;
  /** What was estimated for the last request, and how many messages it had, to compare with the provider's count. */
  lastRequest?: { readonly messages: number; readonly tokens: number };
  /** True tokens for an estimated one. */
  scale: number;
  /** Tokens sent beside the messages, where nobody says. */
  overhead?: number;
  /** Version of the summary in the last view; 0 for none. */
  shownVersion?: number;
  /** What was recalled for the question that is being answered, so that each call of its turn shows the same. */
  recalled?: { readonly key: string; readonly messages: readonly BaseMessage[] } | undefined;
  job?: Promise<void> | undefined;
}

/** The states of the sessions seen last. */
export class SessionStates {
  readonly #states = new Map<string, SessionState>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  of(session: string): SessionState {
    const state = this.#states.get(session) ?? { failures: 0, skip: 0, scale: 1 };
    this.#states.delete(session);
    this.#states.set(session, state);
    if (this.#states.size > this.#limit) this.#states.delete(this.#states.keys().next().value as string);
    return state;
  }

  delete(session: string): void {
    this.#states.delete(session);
  }

  get jobs(): Promise<void>[] {
    return [...this.#states.values()].flatMap(({ job }) => (job ? [job] : []));
  }
}
