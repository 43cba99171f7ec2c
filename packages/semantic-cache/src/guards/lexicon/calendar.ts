export const MONTHS: readonly string[] = "january february march april may june july august september october november december".split(" ");
export const WEEKDAYS: readonly string[] = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
/** Short names that are no other word. */
export const SHORT_MONTHS: ReadonlyMap<string, number> = new Map([
  ["jan", 0],
  ["feb", 1],
  ["apr", 3],
  ["jun", 5],
  ["jul", 6],
  ["aug", 7],
  ["sept", 8],
  ["sep", 8],
  ["oct", 9],
  ["nov", 10],
  ["dec", 11],
  ["mar", 2],
]);
export const SHORT_WEEKDAYS: ReadonlyMap<string, number> = new Map([
  ["sun", 0],
  ["mon", 1],
  ["tue", 2],
  ["tues", 2],
  ["wed", 3],
  ["thu", 4],
  ["thur", 4],
  ["thurs", 4],
  ["fri", 5],
  ["sat", 6],
]);
/** Days from today. */
export const DAYS: ReadonlyMap<string, number> = new Map([
  ["today", 0],
  ["tonight", 0],
  ["tomorrow", 1],
  ["yesterday", -1],
]);
export const SHIFTS: ReadonlyMap<string, number> = new Map([
  ["last", -1],
  ["previous", -1],
  ["past", -1],
  ["this", 0],
  ["current", 0],
  ["next", 1],
  ["coming", 1],
  ["upcoming", 1],
  ["following", 1],
]);
export const PERIODS: ReadonlyMap<string, string> = new Map([
  ["week", "week"],
  ["month", "month"],
  ["year", "year"],
  ["quarter", "quarter"],
  ["weekend", "weekend"],
  ["night", "day"],
  ["season", "season"],
  ["semester", "semester"],
  ["decade", "decade"],
  ["century", "century"],
  ["summer", "summer"],
  ["winter", "winter"],
]);
export const DECADES: ReadonlyMap<string, number> = new Map(
  "twenties thirties forties fifties sixties seventies eighties nineties".split(" ").map((word, i) => [word, 20 + 10 * i]),
);
