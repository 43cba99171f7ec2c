const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["Latin", /\p{sc=Latn}/gu],
  ["Cyrillic", /\p{sc=Cyrl}/gu],
  ["Han", /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/gu],
  ["Hangul", /\p{sc=Hang}/gu],
  ["Arabic", /\p{sc=Arab}/gu],
  ["Hebrew", /\p{sc=Hebr}/gu],
  ["Greek", /\p{sc=Grek}/gu],
  ["Devanagari", /\p{sc=Deva}/gu],
  ["Thai", /\p{sc=Thai}/gu],
];

/** The script most letters of a text are of; empty where it knows none. */
export function scriptOf(text: string): string {
  if (/^[\u0020-\u007e\s]*$/.test(text)) return /[a-z]/i.test(text) ? "Latin" : "";
  let best = "";
  let most = 0;
  for (const [name, pattern] of SCRIPTS) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > most) {
      most = count;
      best = name;
    }
  }
  return best;
}
