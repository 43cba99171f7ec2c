import type { Item, QuantityItem } from "./item.ts";
import { FRACTIONS, ONES, ORDINALS, SCALES, SHORT_SCALES, TENS } from "./lexicon/number-words.ts";
import type { Token } from "./tokenise.ts";
import { ORDINAL, unitOf, type Unit } from "./units.ts";

/** A number read from tokens, and how many of them it took. */
interface NumberReading {
  readonly value: number;
  readonly length: number;
  readonly ordinal: boolean;
  /** Written in digits, or a count no idiom uses: a bare "one" is neither. */
  readonly firm: boolean;
}

/** "1,200.5", "1.200,5", "1'000", "3/4" → value; `NaN` if it is none. */
export function digitsValue(text: string): number {
  const [whole = "", divisor] = text.replace("−", "-").replace(/'/g, "").split("/");
  let clean = whole;
  const comma = clean.lastIndexOf(",");
  const point = clean.lastIndexOf(".");
  if (comma > -1 && point > -1) clean = comma > point ? clean.replace(/\./g, "").replace(",", ".") : clean.replace(/,/g, "");
  else if (comma > -1) clean = /^-?\d{1,3}(?:,\d{2,3})*,\d{3}$/.test(clean) ? clean.replace(/,/g, "") : clean.replace(",", ".");
  const value = Number(clean);
  return divisor === undefined ? value : value / Number(divisor);
}

/** Reads a number, in digits or words, that begins at a token. */
function readNumber(tokens: readonly Token[], start: number): NumberReading | null {
  const first = tokens[start];
  if (first === undefined) return null;
  let at = start;
  let value = 0;
  let firm = true;
  if (first.kind === "number") {
    value = digitsValue(first.text);
    if (!Number.isFinite(value)) return null;
    at += 1;
    const next = tokens[at]?.text ?? "";
    if (/^(?:st|nd|rd|th)$/.test(next)) return { value, length: at + 1 - start, ordinal: true, firm };
    const scale = SCALES.get(next) ?? (unitOf(tokens[at - 1]?.text ?? "", false) === undefined ? shortScale(tokens, at) : undefined);
    if (scale !== undefined) {
      value *= scale;
      at += 1;
    }
    return { value, length: at - start, ordinal: false, firm };
  }

  // Words: groups below a thousand are gathered in `group` and moved to `value` by each scale.
  let group = 0;
  let words = 0;
  for (;;) {
    const word = tokens[at]?.text ?? "";
    const one = ONES.get(word);
    const ten = TENS.get(word);
    const scale = SCALES.get(word);
    if (one !== undefined) {
      if (words > 0 && (group % 10 !== 0 || (one > 9 && group % 100 !== 0) || (group === 0 && value === 0))) break;
      group += one;
    } else if (ten !== undefined) {
      if (words > 0 && group % 100 !== 0) break;
      group += ten;
    } else if (scale !== undefined && (words > 0 || (at > 0 && /^an?$/.test(tokens[at - 1]?.text ?? "")))) {
      if (scale <= 100) group = Math.max(1, group) * scale;
      else {
        value += Math.max(1, group) * scale;
        group = 0;
      }
    } else if (
      word === "and" &&
      words > 0 &&
      group % 100 === 0 &&
      (ONES.has(tokens[at + 1]?.text ?? "") || TENS.has(tokens[at + 1]?.text ?? ""))
    ) {
      const hundredBefore = SCALES.has(tokens[at - 1]?.text ?? "");
      if (!hundredBefore) break;
    } else if (ORDINALS.has(word) && words > 0 && group % 10 === 0 && tokens[at]?.joined === true) {
      return { value: value + group + (ORDINALS.get(word) ?? 0), length: at + 1 - start, ordinal: true, firm };
    } else break;
    words += 1;
    at += 1;
  }
  if (words === 0) {
    const ordinal = ORDINALS.get(first.text);
    return ordinal === undefined ? null : { value: ordinal, length: 1, ordinal: true, firm: ordinal > 1 };
  }
  firm = !(words === 1 && group === 1);
  return { value: value + group, length: at - start, ordinal: false, firm };
}

function shortScale(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined || token.joined) return undefined;
  const scale = SHORT_SCALES.get(token.text);
  // "5m" is as often metres; with a currency before it, millions.
  if (
    scale === undefined ||
    (token.text !== "k" && token.text !== "bn" && token.text !== "mn" && !CURRENCY.has(tokens[at - 2]?.text ?? ""))
  )
    return undefined;
  return scale;
}
const CURRENCY: ReadonlySet<string> = new Set(["$", "€", "£", "¥", "₹", "usd", "eur", "gbp"]);
const SIGN = /^[$€£¥₹₽₩]$|^(?:usd|eur|gbp|inr|rs|cad|aud)$/;

const TIMES: Unit = { name: "times", dimension: "times", factor: 1 };
const PERCENT: Unit | null = unitOf("percent", false) ?? null;
/** Counts in one word. */
const IDIOMS: ReadonlyMap<string, { value: number; unit: Unit | null; soft: boolean }> = new Map([
  ["twice", { value: 2, unit: TIMES, soft: false }],
  ["thrice", { value: 3, unit: TIMES, soft: false }],
  ["both", { value: 2, unit: null, soft: true }],
]);

/** The quantity that begins at a token, with its unit before ("$5") or after ("5 km", "5-day"), or `null`. */
export function readQuantity(tokens: readonly Token[], start: number): { item: QuantityItem; length: number } | null {
  let at = start;
  let unit: Unit | null = null;
  const sign = tokens[at]?.text ?? "";
  if (SIGN.test(sign) && tokens[at + 1]?.kind === "number") {
    unit = unitOf(sign, true) ?? null;
    at += 1;
  }
  // "A week", "an hour", "half an hour", "a couple of days".
  const text = tokens[at]?.text ?? "";
  if (unit === null && /^(?:an?|per|each|every)$/.test(text)) {
    const named = unitOf(tokens[at + 1]?.text ?? "", false);
    const coming = tokens[at + 1]?.text ?? "";
    if (coming === "couple" || coming === "dozen") {
      const value = coming === "dozen" ? 12 : 2;
      const of = tokens[at + 2]?.text === "of" ? 1 : 0;
      const after = unitOf(tokens[at + 2 + of]?.text ?? "", true);
      return {
        item: { type: "quantity", value, unit: after ?? null, soft: coming === "couple" && after === undefined },
        length: at + 2 + of + (after === undefined ? 0 : 1) - start,
      };
    }
    if (/^an?$/.test(text) && named !== undefined && named.dimension === "time") {
      const half = tokens[at + 2]?.text === "and" && tokens[at + 3]?.text === "a" && tokens[at + 4]?.text === "half";
      return { item: { type: "quantity", value: half ? 1.5 : 1, unit: named, soft: !half }, length: at + (half ? 5 : 2) - start };
    }
    const scaled = /^an?$/.test(text) && SCALES.has(coming) ? readNumber(tokens, at + 1) : null;
    if (scaled === null) return null;
    at += 1;
  }
  const idiom = IDIOMS.get(text);
  if (idiom !== undefined) return { item: { type: "quantity", ...idiom }, length: 1 };
  const fraction = FRACTIONS.get(text);
  if (fraction !== undefined && text !== "third") {
    const skip = /^(?:an?|of)$/.test(tokens[at + 1]?.text ?? "") ? 1 : 0;
    const named = unitOf(tokens[at + 1 + skip]?.text ?? "", false);
    if (named !== undefined)
      return { item: { type: "quantity", value: fraction, unit: named, soft: false }, length: at + 2 + skip - start };
    // "Half of the votes" is 50 % of them.
    if (text === "half") return { item: { type: "quantity", value: 50, unit: PERCENT, soft: false }, length: 1 };
    return null;
  }
  const number = readNumber(tokens, at);
  if (number === null) return null;
  at += number.length;
  let { value } = number;
  if (tokens[at]?.text === "and" && tokens[at + 1]?.text === "a" && tokens[at + 2]?.text === "half") {
    value += 0.5;
    at += 3;
  }
  if (number.ordinal) return { item: { type: "quantity", value, unit: ORDINAL, soft: !number.firm }, length: at - start };
  if (unit === null) {
    const square = /^(?:square|sq|cubic)$/.test(tokens[at]?.text ?? "") ? 1 : 0;
    if (tokens[at]?.text === "degrees" || tokens[at]?.text === "°" || tokens[at]?.text === "degree") {
      const scale = unitOf(tokens[at + 1]?.text ?? "", true);
      if (scale?.dimension === "celsius" || scale?.dimension === "fahrenheit") {
        unit = scale;
        at += 2;
      }
    }
    if (unit === null) {
      const named = tokens[at]?.text === "times" ? TIMES : unitOf(tokens[at + square]?.text ?? "", true);
      if (named !== undefined) {
        unit =
          square === 0
            ? named
            : {
                name: named.name,
                dimension: `${tokens[at]?.text.startsWith("sq") ? "square" : "cubic"} ${named.dimension}`,
                factor: named.factor ** (tokens[at]?.text.startsWith("sq") ? 2 : 3),
              };
        at += square + 1;
      }
    }
  } else {
    // "$5 million" was read with its scale; "$5 usd" says the same twice.
    const again = unitOf(tokens[at]?.text ?? "", false);
    if (again !== undefined && again.dimension === unit.dimension) at += 1;
  }
  // A bare "one" is a pronoun more often than a number.
  if (!number.firm && unit === null) return { item: { type: "quantity", value, unit: null, soft: true }, length: at - start };
  return { item: { type: "quantity", value, unit, soft: false }, length: at - start };
}

/** Adds up "5 feet 10 inches", "2 hours and 30 minutes". */
export function joinCompounds(items: readonly Item[]): Item[] {
  const joined: Item[] = [];
  for (let i = 0; i < items.length; i += 1) {
    const item = items[i];
    if (item === undefined) continue;
    const last = joined.at(-1);
    const beforeAnd = last?.type === "word" && last.text === "and" ? joined.at(-2) : last;
    if (
      item.type === "quantity" &&
      beforeAnd?.type === "quantity" &&
      item.unit !== null &&
      beforeAnd.unit !== null &&
      item.unit.dimension === beforeAnd.unit.dimension &&
      item.unit.factor < beforeAnd.unit.factor &&
      item.unit.dimension !== "ordinal" &&
      !item.soft &&
      !beforeAnd.soft
    ) {
      joined.length -= last === beforeAnd ? 1 : 2;
      joined.push({ ...beforeAnd, value: beforeAnd.value + (item.value * item.unit.factor) / beforeAnd.unit.factor });
    } else joined.push(item);
  }
  return joined;
}
