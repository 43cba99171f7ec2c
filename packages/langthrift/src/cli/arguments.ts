import { InvalidArgumentError } from "commander";

/** @throws {InvalidArgumentError} */
export function positiveInteger(value: string): number {
  const parsed = Number(value);
  if (!Number.isSafeInteger(parsed) || parsed < 1) throw new InvalidArgumentError("Pass a whole number of 1 or more.");
  return parsed;
}

/** @throws {InvalidArgumentError} */
export function similarity(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !(parsed >= 0 && parsed <= 1)) throw new InvalidArgumentError("Pass a cosine from 0 to 1, for example 0.88.");
  return parsed;
}

/** @throws {InvalidArgumentError} */
export function modelFlag(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("Pass the name of a model, for example gpt-4.1.");
  return value.trim();
}

/** @throws {InvalidArgumentError} */
export function share(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !(parsed >= 0 && parsed <= 1)) throw new InvalidArgumentError("Pass a number from 0 to 1.");
  return parsed;
}

/** @throws {InvalidArgumentError} */
export function dollars(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !(parsed >= 0 && Number.isFinite(parsed))) throw new InvalidArgumentError("Pass US dollars, 0 or more.");
  return parsed;
}
