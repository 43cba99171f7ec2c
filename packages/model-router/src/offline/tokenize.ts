const pattern = /\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu;
/** Scripts written without spaces: a run of letters is no word there. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Lower-case words, `#` for each number, single symbols; letters of unspaced scripts one by one. At most `limit` tokens. */
export function tokenize(text: string, limit = 600): string[] {
  const tokens: string[] = [];
  // A token has at least one character, so this prefix is enough for short ones and bounds the work for long ones.
  const lower = (text.length > limit * 40 ? text.slice(0, limit * 40) : text).toLowerCase();
  pattern.lastIndex = 0;
  for (const [token] of lower.matchAll(pattern)) {
    if (tokens.length >= limit) break;
    const code = token.codePointAt(0)!;
    if (code < 0x0e00) tokens.push(code >= 48 && code <= 57 ? "#" : token);
    else if (unspaced.test(token)) for (const character of token) tokens.push(character);
    else tokens.push(/^\p{N}/u.test(token) ? "#" : token);
  }
  return tokens.length > limit ? tokens.slice(0, limit) : tokens;
}
