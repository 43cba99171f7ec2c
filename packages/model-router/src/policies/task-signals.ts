/** What can be read from a request's text without a model. Counts, unless it says otherwise. */
export interface TaskSignals {
  readonly words: number;
  /** Share of the words that are common English ones, 0 to 1: below a tenth the rules for English do not apply. */
  readonly english: number;
  readonly greeting: boolean;
  /** A question that asks for one fact, a yes or no, or how to do one everyday thing. */
  readonly lookup: boolean;
  /** A mechanical request: translate, extract, classify, reformat, correct. */
  readonly mechanical: boolean;
  /** Points back at something said before ("do it", "and this one?"): its difficulty cannot be read from it. */
  readonly referential: boolean;
  readonly reasoning: number;
  readonly expertise: number;
  readonly code: number;
  readonly math: number;
  readonly steps: number;
  readonly constraints: number;
  readonly questions: number;
}

const greetingPattern =
  /^(?:(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|thanks?|thank you|cheers|bye|goodbye|great|perfect|awesome|ok(?:ay)?|never ?mind)\b[\s,!.]*)+(?:there|all|team|everyone|so much|a lot|very much|for (?:your|the) help|again)?[\s!.?]*$/i;
const lookupPattern =
  /^(?:(?:hi|hello|hey|please|so|and|but|ok(?:ay)?|also|quick question)[\s,!.:]*)*(?:what(?:'s|s)?\b|when\b|where\b|who(?:'s)?\b|which\b|how (?:much|many|long|often|old|far|big|late|soon|do (?:i|you|we)|can (?:i|we)|to)\b|is\b|are\b|am i\b|can (?:i|you|we)\b|could (?:i|you)\b|do (?:i|you|we|they)\b|does\b|did\b|will\b|has\b|have (?:i|you|we)\b|i (?:need|want|would like|'d like|lost|forgot|can't|cannot|can not)\b)/i;
const mechanicalPattern =
  /^(?:please |can you |could you )?(?:translate|extract|classify|categori[sz]e|tag|label|reformat|format|convert|capitali[sz]e|list|count|sort|spell ?check|proofread|correct|fix (?:the )?(?:typos?|spelling|grammar)|shorten|rephrase|paraphrase)\b/i;
const referentialPattern =
  /^(?:(?:yes|no|ok(?:ay)?|sure|please|now|then|and|also|so|just)[\s,.!]*)*(?:(?:do|try|run|fix|commit|send|apply|use|change|explain|repeat|continue|finish|undo|revert|merge|deploy|delete|keep|make)\b.{0,20}\b(?:it|that|this|those|these|them|again|same)\b|go (?:on|ahead)|continue|again|proceed|the (?:first|second|third|last|other) one|what about\b|how about\b|same (?:for|with)\b|yes|no|sure|why(?: not)?)[\s?.!]*/i;

const reasoningWords =
  /\b(?:analy[sz]e|analysis|prove|proof|derive|deduce|evaluate|assess|critique|compare|contrast|trade-?offs?|pros and cons|root cause|diagnose|debug|investigate|reason(?:ing)?|justify|argue|why (?:does|do|did|is|are|would|might)|explain (?:why|how)|implications?|consequences?|strateg(?:y|ies|ic)|plan|design|architect(?:ure)?|optimi[sz]e|refactor|synthesi[sz]e|forecast|model|hypothes[ie]s|step[- ]by[- ]step|in depth|in detail|thorough(?:ly)?|comprehensive|recommend(?:ation)?s?)\b/gi;
const expertiseWords =
  /\b(?:legal|liabilit(?:y|ies)|contract|clause|statute|regulat(?:ory|ions?)|compliance|gdpr|tax(?:ation)?|litigation|indemnit(?:y|ies)|diagnos(?:is|tic)|symptoms?|clinical|pharmac\w+|dosage|patholog\w+|financ(?:e|ial)|valuation|portfolio|derivatives?|econometric|statistic(?:s|al)|regression|bayesian|theorem|lemma|algorithm|complexity|concurren(?:cy|t)|distributed|cryptograph\w+|quantum|thermodynamic\w*|genom\w+|semiconductor|kubernetes|migration|schema|vulnerabilit(?:y|ies)|threat model)\b/gi;
const codeMarks =
  /```|\b(?:function|class|def|import|return|const|let|var|async|await|public static|SELECT\s.+\sFROM|INSERT INTO|CREATE TABLE)\b\s*[\w({*]|=>|\w+\([^)]*\)\s*[{;]|<\/?[a-z]+>|stack ?trace|traceback|\bexception\b|\bregex\b|\bunit tests?\b|\b(?:typescript|javascript|python|rust|java|c\+\+|golang|sql)\b/gi;
const mathMarks =
  /[∑∫√≤≥≠∂∇∞]|\\(?:frac|sum|int|sqrt)|\b\d+(?:\.\d+)?\s*[-+*/^=]\s*\d|\b(?:integral|derivative|equation|matrix|probability|eigen\w+)\b/gi;
const stepMarks = /^\s*(?:\d+[.)]|[-*•])\s+|\b(?:first(?:ly)?|then|after that|next|finally|lastly|secondly)\b[\s,]/gim;
const constraintWords =
  /\b(?:must(?: not)?|should(?: not)?|at (?:least|most)|exactly|no more than|no less than|without|ensure|only if|unless|except|between \d+ and \d+|under \d+|within \d+|required?|constraints?)\b/gi;
const commonWords = new Set(
  "a about after all also an and any are as at be been but by can could did do does for from get give had has have he hello help hi how i if in into is it its like make me more my need no not of on one or our out please she should so some tell thank thanks than that the their them then there these they this to up us use was we were what when where which who why will with would write you your".split(
    " ",
  ),
);

export function readTaskSignals(task: string): TaskSignals {
  // Enough to judge by, and a bound on the patterns' time.
  const text = task.length > 8000 ? task.slice(0, 8000) : task;
  const words = text.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
  const common = words.filter((word) => commonWords.has(word.toLowerCase())).length;
  const short = words.length <= 30;
  const sentences = text.split(/[.!?]+(?:\s|$)/).filter((part) => part.trim() !== "").length;
  return {
    words: task.length > 8000 ? Math.round((words.length * task.length) / 8000) : words.length,
    english: words.length === 0 ? 0 : common / words.length,
    greeting: words.length > 0 && words.length <= 10 && greetingPattern.test(text.trim()),
    lookup: short && sentences <= 2 && lookupPattern.test(text.trim()),
    mechanical: words.length <= 80 && mechanicalPattern.test(text.trim()),
    referential: words.length <= 8 && referentialPattern.test(text.trim()),
    reasoning: count(text, reasoningWords),
    expertise: count(text, expertiseWords),
    code: count(text, codeMarks),
    math: count(text, mathMarks),
    steps: count(text, stepMarks),
    constraints: count(text, constraintWords),
    questions: (text.match(/\?/g) ?? []).length,
  };
}

function count(text: string, pattern: RegExp): number {
  return (text.match(pattern) ?? []).length;
}
