/** A stretch of letters and digits, lower case, and its stem. */
export interface Word {
  readonly text: string;
  readonly stem: string;
  /** Begins with a capital letter in the source. */
  readonly capitalised: boolean;
  /** Holds a digit. */
  readonly numeric: boolean;
}

// Letters of any script, digits, and inner apostrophes; CJK has no blanks, so each character is a word.
const wordPattern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*/gu;
const digit = /\p{N}/u;
const upper = /^\p{Lu}/u;

export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const [source] of text.matchAll(wordPattern)) {
    const lower = source.toLowerCase().replaceAll("’", "'");
    words.push({ text: lower, stem: stem(lower), capitalised: upper.test(source), numeric: digit.test(source) });
  }
  return words;
}

/** Whether a word carries content: no function word, no filler of chat. */
export function isContentWord({ text, numeric }: Word): boolean {
  return numeric || (!stopWords.has(text) && !stopWords.has(text.replace(/'.*$/, "")));
}

/**
 * Light English suffix stripping: plural, past and progressive endings, with a doubled consonant or a silent e undone, so that
 * "planned", "planning" and "plans" meet. Words of other languages mostly stay as they are. Not Porter: on short chat text the
 * heavier stemmers join words that mean different things.
 */
export function stem(word: string): string {
  let base = word.replace(/'.*$/, "");
  if (base.length <= 3 || digit.test(base)) return base;
  if (base.endsWith("ies") && base.length > 4) return `${base.slice(0, -3)}i`;
  if (/(?:ss|us|is)$/.test(base)) return base;
  if (/(?:ches|shes|sses|xes|zes)$/.test(base)) base = base.slice(0, -2);
  else if (base.endsWith("s")) base = base.slice(0, -1);
  for (const suffix of ["ing", "ed", "ly", "er"]) {
    if (!base.endsWith(suffix) || base.length - suffix.length < 3) continue;
    const cut = base.slice(0, -suffix.length);
    if (!/[aeiouy]/.test(cut)) continue;
    base = undouble(cut);
    break;
  }
  if (base.endsWith("e") && base.length > 3) base = base.slice(0, -1);
  return base.endsWith("y") && base.length > 3 ? `${base.slice(0, -1)}i` : base;
}

function undouble(word: string): string {
  const last = word.at(-1) as string;
  return word.length > 3 && last === word.at(-2) && !"lsz".includes(last) ? word.slice(0, -1) : word;
}

const stopWords = new Set(
  `a about above after again against all almost also although always am an and another any anyone anything are aren't around as at away
  back be because been before being below between both but by came can can't cannot come could couldn't did didn't do does doesn't doing
  don't done down during each either else enough even ever every everyone everything few for from further get gets getting give go goes
  going gone gonna gosh got great had hadn't has hasn't have haven't having he he'd he'll he's hello her here here's hers herself hey hi
  him himself his hmm how how's however i i'd i'll i'm i've if in indeed instead into is isn't it it'd it'll it's its itself just keep
  kind know let let's like lol lot lots made make makes many may maybe me might mine more most much must mustn't my myself need never nice
  no nor not nothing now of off oh ok okay on once one only onto or other others ought our ours out over own perhaps please pretty quite
  rather really right said same say says see seem shall she she'd she'll she's should shouldn't since so some someone something
  sometimes soon sorry still such sure take than thank thanks that that'll that's the their theirs them themselves then there there's
  these they they'd they'll they're they've thing things think this those though through to too totally try u under until up upon us use
  very want wanted was wasn't way we we'd we'll we're we've well were weren't what what's when where whether which while who who's whom
  whose why will with within without won't would wouldn't wow yeah yep yes yet you you'd you'll you're you've your yours yourself`
    .split(/\s+/u)
    .filter((word) => word !== ""),
);
