import { words } from "./language.ts";

/** "five dollars a pound", "three times a day": behind the article of a rate. */
export const englishUnits: ReadonlySet<string> = words(`day week month year hour minute second night morning weekend quarter decade century
  piece pound kilo kilogram gram ounce gallon litre liter pint quart cup mile kilometre kilometer meter metre foot yard inch ton acre
  person head unit item share bottle box bag pack packet can jar carton bar slice serving glass dozen time game lesson session page ticket student child`);
