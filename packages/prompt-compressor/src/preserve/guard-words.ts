/** Words that turn a sentence around, and the words that its conditions hang on. Lower case, without apostrophes where English writes them. */
const negationByLanguage: Readonly<Record<string, string>> = {
  en: `not no nor never none nobody nothing nowhere neither cannot without hardly barely scarcely seldom rarely non ain't aren't can't couldn't
    didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't needn't shan't shouldn't wasn't weren't won't wouldn't daren't
    if unless except but only instead`,
  de: `nicht kein keine keinen keinem keiner keines nie niemals niemand niemanden niemandem nichts nirgends nirgendwo weder noch ohne kaum selten
    wenn falls sofern außer aber nur statt anstatt sondern`,
  fr: `ne n pas point jamais rien personne aucun aucune nul nulle ni sans guère non si sauf mais seulement que à moins plutôt`,
  es: `no ni nunca jamás nada nadie ningún ninguno ninguna sin apenas tampoco si salvo excepto pero sino solo sólo solamente menos`,
};

const comparatorsByLanguage: Readonly<Record<string, string>> = {
  en: `more most less least fewer fewest than over under above below before after between within beyond until till since up down exactly about almost
    nearly same other another equal equals greater larger bigger higher longer later earlier smaller lower shorter better best worse worst
    minimum maximum min max any all some each every both either half twice double triple first last next per times`,
  de: `mehr meiste meisten weniger wenigste wenigsten mindestens höchstens als über unter vor nach zwischen bis seit genau etwa fast gleich andere anderen
    größer kleiner höher niedriger länger kürzer besser schlechter alle jeder jede jedes beide einige halb doppelt erste letzte nächste pro`,
  fr: `plus moins que dessus dessous avant après entre jusque depuis exactement environ presque même autre autres égal supérieur inférieur meilleur pire
    tout tous toute toutes chaque deux moitié double premier dernier prochain par`,
  es: `más menos que sobre bajo antes después entre hasta desde exactamente casi mismo misma otro otra igual mayor menor mejor peor todo todos toda
    todas cada ambos ambas mitad doble primero último próximo por`,
};

const numberWordsByLanguage: Readonly<Record<string, string>> = {
  en: `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty
    forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions dozen dozens once twice thrice half
    halves third thirds quarter quarters fourth fifth sixth seventh eighth ninth tenth first second couple pair single double triple`,
  de: `null ein eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig hundert tausend million millionen dutzend einmal zweimal
    dreimal halb drittel viertel erste zweite dritte`,
  fr: `zéro deux trois quatre cinq six sept huit neuf dix onze douze vingt trente cent cents mille million millions douzaine demi tiers quart premier
    deuxième troisième`,
  es: `cero dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cien ciento mil millón millones docena medio tercio cuarto primero
    segundo tercero`,
};

function lookup(lists: Readonly<Record<string, string>>): (language: string | undefined) => ReadonlySet<string> {
  const sets = new Map<string, ReadonlySet<string>>();
  return (language = "en") => {
    const key = lists[language] === undefined ? "en" : language;
    let set = sets.get(key);
    if (!set) sets.set(key, (set = new Set((lists[key] as string).split(/\s+/))));
    return set;
  };
}

/** "not", "never", "without"; also the words of conditions and exceptions: "if", "unless", "only". Unknown languages get the English set. */
export const negationWords: (language: string | undefined) => ReadonlySet<string> = lookup(negationByLanguage);
export const comparatorWords: (language: string | undefined) => ReadonlySet<string> = lookup(comparatorsByLanguage);
export const numberWords: (language: string | undefined) => ReadonlySet<string> = lookup(numberWordsByLanguage);

/** One spelling for looking words up: lower case, straight apostrophe, English contractions without one ("dont") as they are. */
export function normalizeWord(word: string): string {
  return word.toLowerCase().replace("’", "'");
}
