const set = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Words that carry no meaning of their own for a comparison. */
export const DROPPED: ReadonlySet<string> = set(
  `a an the 's be do have get there that it its to of and or but as so than then also such this these those here will would shall let us
  i me my mine myself we our ours ourselves you your yours yourself one oneself he him his himself she her hers herself they them their theirs
  someone somebody anyone anybody everyone everybody people who whom whose which what how why when where if whether any some not no
  can could may might must should ought need want please oh yes okay sir madam am pm oclock per other same certain such own go able
  like up out just`,
);

export const PREPOSITIONS: ReadonlySet<string> = set(
  `in on at by for from to into onto of off with without within about above across after against along among around before behind below beneath beside
  between beyond during except inside near outside over past per since through throughout toward towards under until upon via using versus regarding
  concerning instead_of because despite than`,
);

/** Prepositions near enough that one stands for the other. */
const PREPOSITION_CLASSES: readonly string[] = [
  "in on at within inside upon throughout during",
  "for of about regarding concerning",
  "to into onto toward towards",
  "with using via by through",
  "above beyond past",
  "below beneath",
  "near beside around",
  "versus against",
];
export const PREPOSITION_CLASS: ReadonlyMap<string, string> = new Map(
  PREPOSITION_CLASSES.flatMap((line) => {
    const names = line.split(" ");
    return names.map((name): [string, string] => [name, names[0] ?? name]);
  }),
);
/** Prepositions that turn the meaning round, on the same argument or alone. */
export const OPPOSITE_PREPOSITIONS: ReadonlySet<string> = new Set(
  "from to|before after|above below|inside outside|on off|for against|in outside|until after|before since|before during|after during|until since|above without|within after|from into|from onto|into out"
    .split("|")
    .flatMap((pair) => {
      const [a = "", b = ""] = pair.split(" ");
      return [`${a} ${b}`, `${b} ${a}`];
    }),
);
/** Prepositions that matter even where nothing is left over. */
export const STRONG_PREPOSITIONS: ReadonlySet<string> = set(
  "without before after since until during except instead_of despite above below outside inside between within against",
);

export const NEGATORS: ReadonlySet<string> = set("not non no never none neither nor nothing nobody nowhere without hardly barely scarcely");

export const AUXILIARIES: ReadonlySet<string> = set("be do have will would can could should shall may might must");

/** Modal verbs by what they claim. `will` counts only where no question word asks when or how. */
export const MODALS: ReadonlyMap<string, string> = new Map([
  ["can", "can"],
  ["could", "can"],
  ["may", "can"],
  ["might", "can"],
  ["able", "can"],
  ["<can>", "can"],
  ["<way>", "can"],
  ["<may>", "can"],
  ["allow", "can"],
  ["must", "must"],
  ["<must>", "must"],
  ["require", "must"],
  ["should", "should"],
  ["ought", "should"],
  ["<should>", "should"],
  ["will", "will"],
]);

export const QUANTIFIERS: ReadonlyMap<string, string> = new Map(
  (
    "all: all every each entire whole everything everyone everybody|some: some any someone somebody anyone anybody something anything|only: only solely exclusively alone|" +
    "most: most majority|few: few|several: several multiple various|many: many much numerous|either: either|none: none nobody nothing|atleast: atleast|atmost: atmost|always: always|never: never|sometimes: sometimes|often: often|" +
    "part: part partial partially partly|another: another|single: single|again: again"
  )
    .split("|")
    .flatMap((entry) => {
      const [name = "", members = ""] = entry.split(": ");
      return members.split(" ").map((word): [string, string] => [word, name]);
    }),
);
/** Clash even where the other side names no quantifier. */
export const QUANTIFIERS_ALONE: ReadonlySet<string> = set("only never always most single sometimes few atleast atmost");

export const PERSONS: ReadonlyMap<string, "first" | "second" | "he" | "she" | "they"> = new Map([
  ...["i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"].map((w) => [w, "first"] as const),
  ...["you", "your", "yours", "yourself"].map((w) => [w, "second"] as const),
  ...["he", "him", "his", "himself"].map((w) => [w, "he"] as const),
  ...["she", "her", "hers", "herself"].map((w) => [w, "she"] as const),
  ...["they", "them", "their", "theirs", "themselves"].map((w) => [w, "they"] as const),
]);

/** These set a clause apart: what stands behind one has another part in the sentence. */
export const LINKS: ReadonlySet<string> = set("before after than then until while because if though although without since instead_of");
/** Steps in a row: their order is meant. */
export const SEQUENCE_MARKS: ReadonlySet<string> = set("first then later next afterwards afterward finally before after");

/** Nouns and verbs so general that leaving one out says little. */
export const LIGHT: ReadonlySet<string> = set(
  `thing way method process procedure step information detail kind type sort form reason amount number person people place time fact part case example instance issue problem
  question answer matter use make take give go come know tell explain describe mean look see find happen occur involve consist exist call name say think feel seem
  different good right proper main common general basic typical usual normal specific overall total current available possible necessary important
  item option feature section area level state condition situation purpose result effect role list idea concept term word definition meaning show let help work try keep start
  put run set like need want require allow able support`,
);
/** How people commonly pad: particles and adverbs of degree. */
export const EMPTY_ADVERBS: ReadonlySet<string> = set(
  `quickly easily together away back down over online directly immediately automatically manually completely fully totally entirely highly extremely especially particularly mainly mostly mainly largely
  around about now then there here ahead along apart aside forward today soon later recently lately finally eventually instead however therefore thus though although while because since`,
);
