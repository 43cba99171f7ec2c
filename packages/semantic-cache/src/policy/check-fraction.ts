import { InvalidOptionError } from "@langthrift/core";

/** @throws {InvalidOptionError} unless the value is a number from 0 to 1. */
export function checkFraction(option: string, value: number): void {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw new InvalidOptionError(`\`${option}\` is ${value}. Pass a number from 0 to 1.`);
  }
}
