import { matchByLine } from "../text/match-by-line.ts";

const idToken = /[^\s"'`“”«»(),;]{2,}/g;
const looksLikeId = /\d|_|[/\\@:#~]|\p{Ll}\p{Lu}|\p{Lu}{2}|\p{L}\.\p{L}/u;
const edges = /^[.:!?*]+|[.:!?*]+$/g;

/** Identifiers, paths, versions, codes, camelCase and words in capitals: anything that reads wrong when one character of it changes. */
export function findIds(text: string, onId: (start: number, end: number) => void): void {
  // Tokens repeat: each is judged once.
  const known = new Map<string, string>();
  matchByLine(text, scanAsciiTokens, idToken, (token, at) => {
    let core = known.get(token);
    if (core === undefined) known.set(token, (core = idIn(token)));
    if (core === "") return;
    const start = at + token.indexOf(core);
    onId(start, start + core.length);
  });
}

function idIn(token: string): string {
  if (!looksLikeId.test(token)) return "";
  const core = token.replace(edges, "");
  return core.length >= 2 && looksLikeId.test(core) ? core : "";
}

/** Of the tokens only those with a character that may make them one: plain words, which are most, are passed over. */
function scanAsciiTokens(text: string, onToken: (token: string, start: number) => void): void {
  const { length } = text;
  let start = 0;
  let isCandidate = false;
  for (let at = 0; at <= length; at += 1) {
    const code = at < length ? text.charCodeAt(at) : 0x20;
    const kind = KINDS[code] as number;
    if (kind === SEPARATOR) {
      if (isCandidate && at - start >= 2) onToken(text.slice(start, at), start);
      start = at + 1;
      isCandidate = false;
    } else if (kind === MARK || (kind === CAPITAL && at > start)) isCandidate = true;
  }
}

const SEPARATOR = 1;
const MARK = 2;
const CAPITAL = 3;

const KINDS = Uint8Array.from({ length: 128 }, (_value, code) => {
  const character = String.fromCharCode(code);
  if (/[\s"'`(),;]/.test(character)) return SEPARATOR;
  if (/[\d_/\\@:#~.]/.test(character)) return MARK;
  return /[A-Z]/.test(character) ? CAPITAL : 0;
});
