import { type StopWordLanguage, words } from "./language.ts";

const english: StopWordLanguage = {
  code: "en",
  fillers: words("well oh actually basically honestly frankly anyway anyhow okay ok yeah ah hey"),
  hesitations: words("um uh er erm hmm uhm umm"),
  politeness: words("please kindly"),
  articles: words("the"),
  stopWords: words(`a an the
    i me my myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them their theirs
    themselves this that these those who whom whose which what
    am is are was were be been being have has had having do does did doing will would shall can could
    there here so also too very just really quite actually basically um uh er oh well
    and of in on at by for with to it's he's she's that's there's what's who's here's i'm you're they're we're i've you've they've we've i'll you'll he'll she'll they'll we'll i'd you'd he'd she'd they'd we'd let's as into onto from about against during through because while where when how why then again further such own along across around among toward towards upon alongside already still even though although however therefore thus able going
    unfortunately fortunately luckily sadly interestingly surprisingly obviously essentially simply`),
};

const german: StopWordLanguage = {
  code: "de",
  fillers: words("also nun tja naja ach eigentlich ehrlich jedenfalls okay ok"),
  hesitations: words("äh ähm öh öhm hm hmm"),
  politeness: words("bitte"),
  // "Der Hund beißt den Mann": the article says who bites whom.
  articles: words(""),
  stopWords: words(`der die das den dem des ein eine einen einem einer eines
    ich mich mir mein meine wir uns unser unsere du dich dir dein deine ihr euch euer sie ihnen er ihn ihm sein seine seinen seinem es sich man
    dies diese dieser dieses diesen diesem jene jener welche welcher welches wer wen wem was
    bin bist ist sind war waren sei gewesen wird werden wurde wurden worden habe hast hat haben hatte hatten kann könnte können
    da dort hier so auch sehr ja doch mal eben halt eigentlich äh ähm
    und in im an am auf bei beim mit zu zum zur von vom für um durch aus gegen während weil dass wo wann wie dann denn`),
};

const french: StopWordLanguage = {
  code: "fr",
  fillers: words("alors ben bah bref enfin voilà bon"),
  hesitations: words("euh heu hum"),
  politeness: words(""),
  // "le livre" is a book, "la livre" is a pound.
  articles: words(""),
  stopWords: words(`le la les l' un une des du de d' au aux
    je me moi mon ma mes nous notre nos tu te toi ton ta tes vous votre vos il elle on lui son sa ses ils elles eux leur leurs se soi ce cet cette ces
    cela ça qui dont lequel laquelle quel quelle
    suis es est sommes êtes sont étais était étaient été être ai as a avons avez ont avait avaient eu avoir sera seront serait
    y en là ici très aussi bien euh
    et dans sur sous chez pour avec vers parce où quand comment puis donc alors`),
};

const spanish: StopWordLanguage = {
  code: "es",
  fillers: words("bueno pues entonces vale"),
  hesitations: words("eh em mmm"),
  politeness: words(""),
  // "el capital" is money, "la capital" is a city.
  articles: words(""),
  stopWords: words(`el la los las lo un una unos unas al del de
    yo me mi mis nosotros nos nuestro nuestra tú te ti tu tus vosotros os vuestro usted ustedes él ella ello le les su sus ellos ellas se
    este esta esto estos estas ese esa eso esos esas aquel aquella quien quienes cual cuales cuyo
    soy eres es somos son era eran fue fueron sido ser estoy está están estaba estaban he ha hemos han había habían haber será serán
    ahí aquí allí muy también eh bueno
    y e en a con para desde durante porque donde cuando como pues entonces`),
};

const byCode: ReadonlyMap<string, StopWordLanguage> = new Map(
  [english, german, french, spanish].map((language) => [language.code, language]),
);

/** Languages whose lists were read word by word for this package. */
export const stopWordLanguages: readonly string[] = [...byCode.keys()];

export function stopWordLanguage(code: string): StopWordLanguage | undefined {
  return byCode.get(code.toLowerCase().split(/[-_]/)[0] as string);
}
