import { stem } from "../text/stem.ts";

const list = `a an the i you he she it we they me him her us them my your his its our their this that these those
  is are was were be been being am do does did doing done have has had having will would can could shall should may might must
  what when where who whom whose which why how many much long often kind type sort
  of in on at to for with by from about into as and or but if not no so than then there here any some
  der die das den dem ein eine ist sind war waren hat haben was wann wo wer wie warum welche welcher welches und oder von zu mit für im in auf
  le la les un une des du est sont était a ont que quoi quand où qui comment pourquoi quel quelle et ou de à avec pour dans sur
  el los las uno unos es son era ha han qué cuándo dónde quién cómo por cuál y o con para en sobre`;

/** Words of a question that say nothing about where its answer stands, without endings. */
export const questionWords: ReadonlySet<string> = new Set(list.split(/\s+/).map(stem));
