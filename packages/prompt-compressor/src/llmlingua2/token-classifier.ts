/** Says of each token of a text how much it deserves to stay. */
export interface TokenClassifier {
  readonly name: string;
  /** The most tokens of the model that one text may have. @default 510 */
  readonly maxTokens?: number;
  /**
   * For each text its tokens, with offsets into it in UTF-16 code units, in order, and `keep` from 0 to 1. Tokens that cannot be placed are left out;
   * the words they belong to stay.
   */
  classify(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly ClassifiedToken[])[]>;
}

export interface ClassifiedToken {
  readonly start: number;
  readonly end: number;
  readonly keep: number;
}
