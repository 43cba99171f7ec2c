/** The fields of a `SavingsEvent` that the collector itself reads; `@langthrift/core` has the whole type. */
export interface EventLike {
  readonly id: string;
  readonly strategy: string;
  readonly kind: string;
  readonly reason: string;
}

export interface EventCollector<Event extends EventLike> {
  /** Pass as `onEvent`; needs no `this`. */
  readonly onEvent: (event: Event) => void;
  /** In order of arrival, as they came. */
  readonly events: readonly Event[];
  /** "kind reason" of each, e.g. "avoided hit:semantic". */
  readonly summary: readonly string[];
  ofKind(kind: Event["kind"]): Event[];
  clear(): void;
}

/** A sink for savings events: `const seen = collectEvents<SavingsEvent>(); createX({ onEvent: seen.onEvent })`. */
export function collectEvents<Event extends EventLike = EventLike>(): EventCollector<Event> {
  const events: Event[] = [];
  return {
    onEvent: (event) => {
      events.push(event);
    },
    events,
    get summary() {
      return events.map((event) => `${event.kind} ${event.reason}`);
    },
    ofKind: (kind) => events.filter((event) => event.kind === kind),
    clear() {
      events.length = 0;
    },
  };
}
