/** A language model that says how unexpected each piece of a text is. */
export interface SurprisalModel {
  readonly name: string;
  /**
   * Offsets into `text`, in UTF-16 code units, in order and not overlapping; what a model cannot place is left out and then kept.
   *
   * @param options.prefix Text that stands before and is read but not scored.
   */
  score(text: string, options?: { readonly prefix?: string; readonly signal?: AbortSignal }): Promise<readonly SurprisalPiece[]>;
}

export interface SurprisalPiece {
  readonly start: number;
  readonly end: number;
  /** -ln of its probability behind the text before it. */
  readonly nats: number;
}
