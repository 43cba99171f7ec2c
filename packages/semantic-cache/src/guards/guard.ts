/** Refuses a candidate whose question differs in something that matters, however close its embedding is. Pure and symmetric. */
export interface Guard {
  /** Lower case, one word; appears in reasons as `guard:name`. */
  readonly name: string;
  /** `null` passes; otherwise a short reason for `explain()`, without the questions' text. Never throws. */
  check(a: string, b: string, context?: GuardContext): string | null;
}

/** What a guard may know besides the two texts. */
export interface GuardContext {
  /** Cosine of the two questions' embeddings. */
  readonly similarity: number;
}

/** The built-in sets of guards. */
export type GuardProfile = "strict" | "standard" | "off";
