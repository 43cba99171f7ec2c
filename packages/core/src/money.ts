import { InvalidOptionError } from "./langthrift-error.ts";

declare const nano: unique symbol;

/** An amount of money: an integer number of nano-dollars (1e-9 USD). May be negative. */
export type NanoUsd = number & { readonly [nano]: true };

const NANO_PER_USD = 1_000_000_000;

/** Takes an integer number of nano-dollars. @throws {InvalidOptionError} when it is not a safe integer. */
export function nanoUsd(amount: number): NanoUsd {
  if (!Number.isSafeInteger(amount)) {
    throw new InvalidOptionError(`${amount} is not an amount in nano-dollars. Pass an integer within ±2^53.`);
  }
  return (amount === 0 ? 0 : amount) as NanoUsd;
}

/**
 * Takes US dollars, as a number or a decimal string, and rounds half-even to nano-dollars.
 *
 * @throws {InvalidOptionError} when it is not a number, or too large to be an exact integer (about $9.0 million).
 */
export function usd(amount: number | string): NanoUsd {
  const text = typeof amount === "number" ? plainDecimal(amount) : amount.trim();
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || (match[2] === "" && (match[3] ?? "") === "")) {
    throw new InvalidOptionError(`"${amount}" is not an amount in US dollars. Pass a finite decimal number.`);
  }
  const [, sign, whole = "", fraction = ""] = match;
  const digits = fraction.padEnd(10, "0");
  const magnitude = roundHalfEven(BigInt(`${whole || "0"}${digits}`), 10n ** BigInt(digits.length - 9));
  const value = sign === "-" ? -magnitude : magnitude;
  const result = Number(value);
  if (!Number.isSafeInteger(result)) {
    throw new InvalidOptionError(`${amount} US dollars is more than an exact amount can hold (about 9.0 million).`);
  }
  return (result === 0 ? 0 : result) as NanoUsd;
}

/** US dollars as a floating point number, for options and displays; never for sums. */
export function toUsd(amount: NanoUsd): number {
  return amount / NANO_PER_USD;
}

/** Sum of the known amounts, and how many were `null` (price unknown). @throws {RangeError} over 2^53 nano-dollars. */
export function sumUsd(amounts: Iterable<NanoUsd | null>): { total: NanoUsd; unknown: number } {
  let total = 0;
  let unknown = 0;
  for (const amount of amounts) {
    if (amount === null) {
      unknown += 1;
      continue;
    }
    total += amount;
    if (!Number.isSafeInteger(total)) throw new RangeError("The sum passes 2^53 nano-dollars (about $9.0 million).");
  }
  return { total: total as NanoUsd, unknown };
}

/**
 * For people: two decimals and thousands separators from one dollar on, four significant digits (two decimals or more) below; `null` is "unknown".
 *
 * @example formatUsd(usd(0.000425)) // "$0.000425"
 */
export function formatUsd(amount: NanoUsd | null): string {
  if (amount === null) return "unknown";
  const sign = amount < 0 ? "-" : "";
  const dollars = Math.abs(amount) / NANO_PER_USD;
  if (dollars === 0) return "$0.00";
  if (dollars >= 0.99995) {
    return `${sign}$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  }
  const decimals = Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(dollars))));
  const [whole = "0", fraction = ""] = dollars.toFixed(decimals).split(".");
  return `${sign}$${whole}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** Divides and rounds to the nearest integer, ties to the even one. `divisor` is positive. */
export function roundHalfEven(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n;
  const magnitude = negative ? -dividend : dividend;
  let quotient = magnitude / divisor;
  const twice = (magnitude % divisor) * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  return negative ? -quotient : quotient;
}

/** The shortest decimal that reads back as the number, without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = "", lead = "", rest = "", exponent = "0"] = match;
  const digits = lead + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0").slice(0, point)}.${digits.slice(point)}`;
}
