/** What a token looks like: letters, a number, letters mixed with digits or signs, or punctuation. */
type TokenKind = "word" | "number" | "code" | "mark";

export interface Token {
  /** Lower case, NFKC, straight apostrophes. */
  readonly text: string;
  readonly kind: TokenKind;
  /** The text began with a capital although no sentence began there. */
  readonly capital: boolean;
  /** Two letters or more, all capitals. */
  readonly upper: boolean;
  /** Only a hyphen stands between this token and the one before. */
  readonly joined: boolean;
  /** Nothing stands between this token and the one before. */
  readonly adjacent: boolean;
  /** Stood before a possessive 's. */
  readonly possessive?: boolean;
}

const CURRENCY_SIGNS = "$€£¥₹₽₩₺₪₫₱฿";

// In order of preference: addresses, times and dates in digits, numbers, words with their apostrophes, signs of programming.
const PATTERN = new RegExp(
  [
    String.raw`(?<address>(?:https?:\/\/|www\.)[^\s<>"]+|[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)`,
    String.raw`(?<digits>\p{Nd}{4}-\p{Nd}{1,2}-\p{Nd}{1,2}(?!\p{Nd})|\p{Nd}{1,2}[\/.]\p{Nd}{1,2}[\/.](?:\p{Nd}{4}|\p{Nd}{2})(?![\p{Nd}.\/])|\p{Nd}{1,2}:\p{Nd}{2}(?::\p{Nd}{2})?(?!\p{Nd}))`,
    String.raw`(?<code>[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]*\p{Nd}+(?:\.\p{Nd}+){2,}|\.?\p{L}[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]*(?:\+\+|#)(?![\p{L}\p{N}])|[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]+(?:[-_.\/]?[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]*\p{Nd}[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}\p{Nd}]*)+|[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}\p{Nd}]+_[\p{L}\p{M}\p{Nd}_]+|\.(?=\p{L})[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]+|\p{L}[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}]+\.(?:js|ts|py|net|io|com|org|ai|json|csv|pdf|exe|txt|xml|html)\b|#\p{L}[\p{L}\p{N}_-]*)`,
    String.raw`(?<number>(?<![\p{L}\p{N}])[-−](?=\p{Nd})\p{Nd}+(?:[.,'’]\p{Nd}+)*|\p{Nd}+(?:[.,'’]\p{Nd}+)*(?:\/\p{Nd}+)?)`,
    String.raw`(?<word>[\p{L}\p{M}]+(?:['’ʼ][\p{L}\p{M}]+)*(?:['’](?!\p{L}))?)`,
    String.raw`(?<sign>[<>=!&|+*^~]{2,3}|->|[%‰°#@&+=<>*\/^]|[${CURRENCY_SIGNS}])`,
    String.raw`(?<mark>[.!?。！？…]+|[,;:，、；：()[\]"“”«»])`,
  ].join("|"),
  "gu",
);

/** Digits of any script to 0–9. */
function westernDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    if (code < 128) return digit;
    // Decimal digits stand in blocks of ten that begin with their zero.
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });
}

/** Longer texts are cut: a guard must stay cheap, and encoders read no more anyway. */
const MAX_CHARACTERS = 4000;

/** Splits a text of any script into words, numbers, codes and marks. Never throws. */
export function tokenise(text: string): readonly Token[] {
  const clean = westernDigits(text.slice(0, MAX_CHARACTERS).normalize("NFKC"))
    .replace(/[’‘ʼ`´]/g, "'")
    .replace(/[‐‑]/g, "-");
  const tokens: Token[] = [];
  let opens = true;
  let end = 0;
  for (const match of clean.matchAll(PATTERN)) {
    const raw = match[0];
    const groups = match.groups ?? {};
    const joined = clean.slice(end, match.index) === "-" && end > 0;
    const adjacent = end === match.index && end > 0;
    end = match.index + raw.length;
    const kind: TokenKind =
      groups["word"] !== undefined
        ? "word"
        : groups["number"] !== undefined || groups["digits"] !== undefined
          ? "number"
          : groups["mark"] !== undefined
            ? "mark"
            : groups["sign"] !== undefined && "%‰°&@".includes(raw)
              ? "word"
              : groups["sign"] !== undefined && CURRENCY_SIGNS.includes(raw)
                ? "word"
                : "code";
    const text = raw.toLowerCase().replace(/'+$/, "");
    if (text === "") continue;
    tokens.push({ text, kind, capital: !opens && /^\p{Lu}/u.test(raw), upper: /^\p{Lu}{2,}$/u.test(raw), joined, adjacent });
    opens = kind === "mark" ? /[.!?。！？…:"“]/u.test(raw) : false;
  }
  return tokens;
}
