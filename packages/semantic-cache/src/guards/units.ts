import { UNIT_TABLE } from "./lexicon/units.ts";

export interface Unit {
  readonly name: string;
  /** Only units of one dimension convert into each other. Currencies are dimensions of their own. */
  readonly dimension: string;
  /** Size in the dimension's base unit. */
  readonly factor: number;
}

/** Of "2nd": compared with other ordinals only. */
export const ORDINAL: Unit = { name: "ordinal", dimension: "ordinal", factor: 1 };

const anywhere = new Map<string, Unit>();
const afterNumber = new Map<string, Unit>();
for (const line of UNIT_TABLE.trim().split("\n")) {
  const match = /^(?<dimension>\S+): (?<name>\S+) = (?<factor>\S+): (?<names>[^;]*);?(?<short>.*)$/.exec(line);
  const { dimension = "", name = "", factor = "", names = "", short = "" } = match?.groups ?? {};
  const unit: Unit = { name, dimension, factor: Number(factor) };
  for (const spelling of [name, ...names.split(" ")]) if (spelling !== "") anywhere.set(spelling, unit);
  for (const spelling of short.split(" ")) if (spelling !== "") afterNumber.set(spelling, unit);
}
anywhere.delete("cad");
anywhere.delete("aud");
anywhere.delete("stone");
anywhere.delete("won");
for (const [spelling, dimension] of [
  ["cad", "cad"],
  ["aud", "aud"],
] as const) {
  anywhere.set(spelling, { name: spelling, dimension, factor: 1 });
}

/** The unit a word names; short ones ("m", "in") only right after a number. */
export function unitOf(word: string, isAfterNumber: boolean): Unit | undefined {
  const unit = anywhere.get(word);
  if (unit !== undefined || !isAfterNumber) return unit;
  return afterNumber.get(word) ?? LATE.get(word);
}
const LATE: ReadonlyMap<string, Unit> = new Map([
  ["stone", { name: "stone", dimension: "mass", factor: 6350.29318 }],
  ["won", { name: "won", dimension: "krw", factor: 1 }],
]);

/** Equal within rounding: 1 km and 1000 m, 12 months and a year. A unit on one side only does not differ. */
export function sameQuantity(
  a: { readonly value: number; readonly unit: Unit | null },
  b: { readonly value: number; readonly unit: Unit | null },
): boolean {
  if (a.unit === null || b.unit === null) {
    // "Second" alone and "2" may mean the same, but not "2nd" and "2 apples": ordinals keep apart.
    if ((a.unit ?? b.unit)?.dimension === "ordinal") return false;
    return a.value === b.value;
  }
  if (a.unit.dimension !== b.unit.dimension) return false;
  const x = a.value * a.unit.factor;
  const y = b.value * b.unit.factor;
  return Math.abs(x - y) <= 0.004 * Math.max(Math.abs(x), Math.abs(y));
}
