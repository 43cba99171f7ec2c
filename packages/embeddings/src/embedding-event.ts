/** What one call cost. Carries no text. */
export interface EmbeddingEvent {
  /** Name of the model. */
  readonly model: string;
  /** Texts embedded by this call. */
  readonly texts: number;
  /** Word pieces read, the two frame tokens of each text among them, after truncation. */
  readonly tokens: number;
  /** Texts that were cut to fit. */
  readonly truncated: number;
  /** Time from the call to the vectors, in milliseconds; the first call includes loading. */
  readonly ms: number;
}

/** Reports an event; an observer that throws does not break the call. */
export function report(onEvent: ((event: EmbeddingEvent) => void) | undefined, event: EmbeddingEvent): void {
  try {
    onEvent?.(event);
  } catch {
    // The observer's own fault.
  }
}
