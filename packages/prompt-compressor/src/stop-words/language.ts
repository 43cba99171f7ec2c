/** Which words may go in one language. */
export interface StopWordLanguage {
  /** BCP 47 primary subtag. */
  readonly code: string;
  /** Words that say nothing and have no opposite; only as an interjection before a comma, or between commas ("Well, …", ", um, …"). */
  readonly fillers: ReadonlySet<string>;
  /** Sounds of hesitation: go wherever they stand. */
  readonly hesitations: ReadonlySet<string>;
  /** Politeness at the beginning of a clause or at its end behind a comma. */
  readonly politeness: ReadonlySet<string>;
  /** Articles that may go in `safe`: none where they carry case, gender or number that decides the meaning, and not those that mean "any". */
  readonly articles: ReadonlySet<string>;
  /** Function words for `strong`: articles, pronouns, auxiliaries, prepositions. Words of the preserve rules are kept all the same. */
  readonly stopWords: ReadonlySet<string>;
}

export function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter((word) => word !== ""));
}
