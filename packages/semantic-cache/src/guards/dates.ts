import type { DateField, DateItem } from "./item.ts";
import { DAYS, DECADES, MONTHS, PERIODS, SHIFTS, SHORT_MONTHS, SHORT_WEEKDAYS, WEEKDAYS } from "./lexicon/calendar.ts";
import { ORDINALS } from "./lexicon/number-words.ts";
import type { Token } from "./tokenise.ts";

export interface DateReading {
  readonly items: readonly DateItem[];
  readonly length: number;
}

const date = (field: DateField, value: string | number, soft = false): DateItem => ({ type: "date", field, value: String(value), soft });
const isYear = (text: string): boolean => /^(?:1[0-9]|20)\d\d$/.test(text);
const isDay = (text: string): boolean => /^(?:0?[1-9]|[12]\d|3[01])$/.test(text);

/** The month a token names. "May", "march" and short names count only as a name or beside a number or "in". */
function monthOf(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined || token.kind !== "word") return undefined;
  const full = MONTHS.indexOf(token.text);
  const short = full === -1 ? SHORT_MONTHS.get(token.text) : undefined;
  if (full === -1 && short === undefined) return undefined;
  const clear = full !== -1 && token.text !== "may" && token.text !== "march" && token.text !== "august";
  if (
    clear ||
    tokens[at + 1]?.kind === "number" ||
    tokens[at - 1]?.kind === "number" ||
    /^(?:st|nd|rd|th|of)$/.test(tokens[at - 1]?.text ?? "")
  )
    return full === -1 ? short : full;
  if (
    /^(?:in|by|since|until|during|last|next|this|every|early|late|mid|from|before|after)$/.test(tokens[at - 1]?.text ?? "") &&
    full !== -1
  )
    return full;
  if (token.capital && full !== -1 && !/^(?:i|we|you|he|she|it|they|the)$/.test(tokens[at + 1]?.text ?? "")) return full;
  return undefined;
}

function weekdayOf(token: Token | undefined): number | undefined {
  if (token?.kind !== "word") return undefined;
  const text = token.text.replace(/(?<=day)(?:'?s)$/, "");
  const full = WEEKDAYS.indexOf(text);
  if (full !== -1) return full;
  return token.capital ? SHORT_WEEKDAYS.get(text) : undefined;
}

/** Minutes of the day, with `h` in front where only the half-day is known. */
function timeValue(hours: number, minutes: number, half: string | undefined, wholeDay: boolean): string {
  if (half === undefined) return wholeDay || hours > 12 ? String(hours * 60 + minutes) : `h${(hours % 12) * 60 + minutes}`;
  return String(((hours % 12) + (half.startsWith("p") ? 12 : 0)) * 60 + minutes);
}

function halfDay(tokens: readonly Token[], at: number): { half: string; length: number } | undefined {
  const text = tokens[at]?.text ?? "";
  if (/^[ap]m$/.test(text)) return { half: text, length: 1 };
  // "p.m." is cut into p . m .
  if (/^[ap]$/.test(text) && tokens[at + 1]?.text === "." && tokens[at + 2]?.text === "m")
    return { half: `${text}m`, length: tokens[at + 3]?.text === "." ? 4 : 3 };
  return undefined;
}

/** Reads the date, or part of one, that begins at a token. */
export function readDate(tokens: readonly Token[], at: number): DateReading | null {
  const token = tokens[at];
  if (token === undefined) return null;
  const { text } = token;
  const next = tokens[at + 1]?.text ?? "";

  if (token.kind === "number") {
    const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
    if (iso !== null)
      return { items: [date("year", Number(iso[1])), date("month", Number(iso[2]) - 1), date("day", Number(iso[3]))], length: 1 };
    const slashed = /^(\d{1,2})[/.](\d{1,2})[/.](\d{2,4})$/.exec(text);
    if (slashed !== null) {
      const [x, y] = [Number(slashed[1]), Number(slashed[2])];
      const year = slashed[3]?.length === 2 ? 2000 + Number(slashed[3]) : Number(slashed[3]);
      // Above 12 tells which of the two is the day; otherwise month first, as American texts write it.
      const [month, day] = x > 12 ? [y, x] : [x, y];
      return { items: [date("year", year), date("month", month - 1), date("day", day)], length: 1 };
    }
    const clock = /^(\d{1,2}):(\d{2})/.exec(text);
    if (clock !== null) {
      const half = halfDay(tokens, at + 1);
      return {
        items: [date("time", timeValue(Number(clock[1]), Number(clock[2]), half?.half, text.startsWith("0")))],
        length: 1 + (half?.length ?? 0),
      };
    }
    const half = halfDay(tokens, at + 1);
    if (half !== undefined && /^\d{1,2}(?:\.\d\d)?$/.test(text)) {
      const [hours = "0", minutes = "0"] = text.split(".");
      return { items: [date("time", timeValue(Number(hours), Number(minutes), half.half, false))], length: 1 + half.length };
    }
    if (next === "oclock") return { items: [date("time", timeValue(Number(text), 0, undefined, false))], length: 2 };
    // "5 March", "5th of March".
    if (isDay(text)) {
      let skip = /^(?:st|nd|rd|th)$/.test(next) ? 1 : 0;
      if (tokens[at + 1 + skip]?.text === "of") skip += 1;
      const month = monthOf(tokens, at + 1 + skip);
      if (month !== undefined) return { items: [date("day", Number(text)), date("month", month)], length: 2 + skip };
    }
    // "The 90s", "the 1990s".
    if (next === "s" && tokens[at + 1]?.adjacent === true && /^(?:\d\d|\d{3})0$|^\d0$/.test(text))
      return { items: [date("decade", Number(text))], length: 2 };
    const monthYear = /^(0?[1-9]|1[0-2])\/((?:19|20)\d\d)$/.exec(text);
    if (monthYear !== null) return { items: [date("month", Number(monthYear[1]) - 1), date("year", monthYear[2] ?? "")], length: 1 };
    if (isYear(text)) return { items: [date("year", text)], length: 1 };
    return null;
  }
  if (token.kind === "code") {
    const quarter = /^q([1-4])$/.exec(text);
    return quarter === null ? null : { items: [date("quarter", quarter[1] ?? "")], length: 1 };
  }
  if (token.kind !== "word") return null;

  const ordinal = ORDINALS.get(text);
  if (ordinal !== undefined) {
    const month = monthOf(tokens, at + (next === "of" ? 2 : 1));
    if (month !== undefined) return { items: [date("day", ordinal), date("month", month)], length: next === "of" ? 3 : 2 };
  }
  const decade = DECADES.get(text);
  if (decade !== undefined) return { items: [date("decade", decade)], length: 1 };
  const month = monthOf(tokens, at);
  if (month !== undefined) {
    const skip = next === "the" ? 1 : 0;
    const named = ORDINALS.get(tokens[at + 1 + skip]?.text ?? "");
    if (named !== undefined) return { items: [date("month", month), date("day", named)], length: 2 + skip };
    if (tokens[at + 1]?.kind === "number" && isDay(next)) {
      const suffix = /^(?:st|nd|rd|th)$/.test(tokens[at + 2]?.text ?? "") ? 1 : 0;
      return { items: [date("month", month), date("day", Number(next))], length: 2 + suffix };
    }
    return { items: [date("month", month)], length: 1 };
  }
  const weekday = weekdayOf(token);
  if (weekday !== undefined) return { items: [date("weekday", weekday)], length: 1 };
  if (text === "noon" || text === "midday") return { items: [date("time", 720)], length: 1 };
  if (text === "midnight") return { items: [date("time", 0)], length: 1 };
  if (text === "day" && (next === "after" || next === "before")) {
    const other = DAYS.get(tokens[at + 2]?.text ?? "");
    if (other !== undefined) return { items: [date("relative", `day ${other + (next === "after" ? 1 : -1)}`)], length: 3 };
  }
  const days = DAYS.get(text);
  if (days !== undefined) return { items: [date("relative", text === "tonight" ? "tonight" : `day ${days}`, days === 0)], length: 1 };
  const shift = SHIFTS.get(text);
  if (shift !== undefined) {
    const period = PERIODS.get(next);
    if (period !== undefined) return { items: [date("relative", `${period} ${shift}`)], length: 2 };
    const named = weekdayOf(tokens[at + 1]);
    if (named !== undefined)
      return { items: [date("weekday", named), ...(shift === 0 ? [] : [date("relative", `weekday ${shift}`)])], length: 2 };
  }
  if (text === "ago") return { items: [date("direction", "past")], length: 1 };
  return null;
}

/** Equal, or equal as far as "3:00" without am or pm tells. */
export function sameDate(a: DateItem, b: DateItem): boolean {
  if (a.field !== b.field) return false;
  if (a.value === b.value) return true;
  if (a.field === "decade") return Number(a.value) % 100 === Number(b.value) % 100 && Math.min(Number(a.value), Number(b.value)) < 100;
  if (a.field !== "time") return false;
  const minutes = (value: string): number => Number(value.replace("h", "")) % 720;
  return (a.value.startsWith("h") || b.value.startsWith("h")) && minutes(a.value) === minutes(b.value);
}
