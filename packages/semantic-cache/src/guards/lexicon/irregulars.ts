/** Forms whose dictionary form no rule finds. */
export const IRREGULARS: ReadonlyMap<string, string> = new Map(
  (
    "thing: things|be: am is are was were been being|have: has had having|do: does did done doing|go: went gone goes going|say: said says|make: made|take: took taken|" +
    "come: came|see: saw seen|know: knew known|get: got gotten getting|give: gave given|find: found|think: thought|tell: told|become: became|leave: left|" +
    "feel: felt|put: putting|bring: brought|begin: began begun|keep: kept|hold: held|write: wrote written|stand: stood|hear: heard|let: letting|mean: meant|" +
    "set: setting|meet: met|run: ran running|pay: paid|sit: sat|speak: spoke spoken|lie: lain|lead: led|read: read|grow: grew grown|lose: lost|fall: fell fallen|" +
    "send: sent|build: built|understand: understood|draw: drew drawn|break: broke broken|spend: spent|cut: cutting|rise: rose risen|drive: drove driven|" +
    "buy: bought|wear: wore worn|choose: chose chosen|eat: ate eaten|sell: sold|catch: caught|teach: taught|fight: fought|throw: threw thrown|fly: flew flown|" +
    "forget: forgot forgotten|sleep: slept|win: won winning|swim: swam swum|sing: sang sung|drink: drank drunk|ring: rang rung|shake: shook shaken|steal: stole stolen|" +
    "freeze: froze frozen|hide: hid hidden|bite: bit bitten|beat: beaten|blow: blew blown|deal: dealt|dig: dug|feed: fed|hang: hung|hit: hitting|hurt: hurting|" +
    "lay: laid|lend: lent|quit: quitting|ride: rode ridden|seek: sought|shoot: shot|shut: shutting|sink: sank sunk|spread: spreading|stick: stuck|strike: struck|" +
    "swear: swore sworn|tear: tore torn|wake: woke woken|weave: wove woven|bend: bent|bind: bound|bleed: bled|breed: bred|burn: burnt|cost: costing|" +
    "creep: crept|dream: dreamt|forbid: forbade forbidden|forgive: forgave forgiven|learn: learnt|light: lit|mistake: mistook mistaken|overcome: overcame|prove: proven|" +
    "rid: ridding|shine: shone|shrink: shrank shrunk|slide: slid|spell: spelt|spill: spilt|spin: spun|split: splitting|spoil: spoilt|spring: sprang sprung|sting: stung|" +
    "undo: undid undone|redo: redid redone|withdraw: withdrew withdrawn|undergo: underwent undergone|reset: resetting|upset: upsetting|bet: betting|bid: bidding|die: dying dies died|tie: tying|lie: lying lies lied|" +
    "man: men|woman: women|child: children|person: people persons|foot: feet|tooth: teeth|mouse: mice|goose: geese|ox: oxen|index: indices|matrix: matrices|" +
    "vertex: vertices|analysis: analyses|crisis: crises|thesis: theses|hypothesis: hypotheses|diagnosis: diagnoses|phenomenon: phenomena|criterion: criteria|medium: media|" +
    "cactus: cacti|fungus: fungi|nucleus: nuclei|radius: radii|stimulus: stimuli|bacterium: bacteria|curriculum: curricula|appendix: appendices|knife: knives|wife: wives|life: lives|" +
    "wolf: wolves|half: halves|shelf: shelves|thief: thieves|loaf: loaves|potato: potatoes|tomato: tomatoes|hero: heroes|echo: echoes|good: better best|bad: worse worst|far: farther farthest further furthest|" +
    "bus: buses busses|gas: gases|lens: lenses|news: news|series: series|species: species|always: always|sometimes: sometimes|perhaps: perhaps|this: these|that: those|its: its|his: his|plus: plus|minus: minus|versus: versus|" +
    "thus: thus|us: us|yes: yes|os: os|ios: ios|aws: aws|dns: dns|gps: gps|sms: sms|css: css|https: https|less: less|unless: unless|during: during|something: something|anything: anything|nothing: nothing|everything: everything|" +
    "morning: morning mornings|evening: evening evenings|during: during|need: needed needs|bleeding: bleeding|following: following|according: according|string: strings|king: kings|ring: rings|wing: wings|bring: brings|" +
    "use: used using uses|able: able|red: red|bed: beds|hundred: hundreds|speed: speeds|seed: seeds|need: needing|feed: feeding|indeed: indeed|proceed: proceeded|exceed: exceeded|succeed: succeeded|bless: bless|access: accesses accessed accessing|process: processes processed processing|address: addresses addressed|business: businesses|" +
    "calculus: calculus|virus: viruses|status: statuses|bonus: bonuses|campus: campuses|focus: focuses|census: censuses|basis: bases|axis: axes|tennis: tennis|physics: physics|mathematics: mathematics|economics: economics|politics: politics|" +
    "ship: shipping shipped|shop: shopping shopped|stop: stopping stopped|plan: planning planned|swap: swapping swapped|map: mapping mapped|log: logging logged|tag: tagging tagged|top: topping topped|wrap: wrapping wrapped|drop: dropping dropped|" +
    "format: formatting formatted|commit: committing committed|submit: submitting submitted|permit: permitting permitted|refer: referring referred|transfer: transferring transferred|occur: occurring occurred|prefer: preferring preferred|cancel: canceling canceled cancelling cancelled|travel: traveling traveled travelling travelled|" +
    "label: labeling labeled labelling labelled|model: modeling modeled modelling modelled|control: controlling controlled|install: installing installed|enroll: enrolling enrolled enrol enrolled|fulfill: fulfil fulfilled"
  )
    .split("|")
    .flatMap((entry) => {
      const [base = "", forms = ""] = entry.split(": ");
      return forms.split(" ").map((form): [string, string] => [form, base]);
    }),
);
