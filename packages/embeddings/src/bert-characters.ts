/**
 * The character classes of the reference tokenizer, which knows Unicode 8.
 *
 * A character that became a mark or punctuation in a later version is an ordinary one there. Left to the Unicode tables
 * of the running Node, the same text would give other word pieces on another version of Node.
 */
const assignedLater =
  "61d 7fd 890-8e2 9fd-9fe a76 afa-aff b55 c04-c3c c77 c84 d00 d3b-d3c d81 eba ece 180f-1886 1abf-1aeb 1b4e-1b4f " +
  "1b7d-1b7f 1df6-1dfb 2e43-2e5d a82c a8c5 a8ff a9bd 10d24-10f89 11070-11074 110c2-110cd 111cf 1123e-11241 1133b " +
  "113bb-1145e 11660-1166c 116b9 1182f-11fff 12ff1-12ff2 13430-13455 1611e-1612f 16d6d-16f4f 16fe2-16fe4 1cf00-1cf46 " +
  "1e000-1e2ef 1e4ec-1e6f5 1e944-1e95f";
const later = assignedLater.replace(/[\da-f]+/g, String.raw`\u{$&}`).replaceAll(" ", "");

// The class of these four has changed since.
const marksThen = String.raw`\p{Mn}\u{1734}\u{1171e}`;
// ASCII symbols count as punctuation beside Unicode's own class.
const punctuationThen = String.raw`\p{P}\u{166d}\u{111c9}$+<=>^\`\|~`;
const space = String.raw`\p{Z}\t\n\r`;

// Set subtraction needs the `v` flag, which the compile target does not know as a literal.
function characters(pattern: string): RegExp {
  return new RegExp(pattern, "gv");
}

/** Removed before all else: controls (vertical tab and form feed too), format and private-use characters. */
export const invisible: RegExp = characters(String.raw`[[\0\u{fffd}\p{Cc}\p{Cf}\p{Co}]--[${later}]]`);

/** Ideographs each stand alone; kana and hangul do not. */
export const ideograph: RegExp = characters(
  String.raw`[\u{3400}-\u{4dbf}\u{4e00}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}` +
    String.raw`\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]`,
);

/** Accents, dropped after decomposition. */
export const accent: RegExp = characters(`[[${marksThen}]--[${later}\\u{111c9}]]`);

/** Maximal stretches without white space. */
export const run: RegExp = characters(`[^${space}]+`);

/** A punctuation character alone, or a word between. */
export const wordOrPunctuation: RegExp = characters(`[[${punctuationThen}]--[${later}]]|[^[[${punctuationThen}]--[${later}]]${space}]+`);
