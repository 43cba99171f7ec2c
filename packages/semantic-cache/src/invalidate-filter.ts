import { InvalidOptionError } from "@langthrift/core";
import type { EntryFilter } from "./cache-store.ts";

/** Which entries to forget: those that meet every condition given. */
export interface InvalidateFilter {
  readonly ids?: readonly string[];
  readonly tags?: readonly string[];
  readonly scope?: string;
  readonly model?: string;
  /** Stored before this time. */
  readonly olderThan?: Date | number;
  /** Needed to forget everything, so that a filter misspelt does not. */
  readonly all?: boolean;
}

const CONDITIONS: readonly string[] = ["ids", "tags", "scope", "model"];

/** @throws {InvalidOptionError} without a condition, and for one that there is not: a filter misspelt would forget everything. */
export function entryFilterOf({ all, olderThan, ...conditions }: InvalidateFilter): EntryFilter {
  const unknown = Object.keys(conditions).find((name) => !CONDITIONS.includes(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(`\`${unknown}\` is no condition of invalidate(). Pass ids, tags, scope, model, olderThan or all.`);
  }
  const given = Object.values(conditions).some((value) => value !== undefined) || olderThan !== undefined;
  if (!given && all !== true) throw new InvalidOptionError("invalidate() needs a condition. Pass { all: true } to forget everything.");
  return { ...conditions, ...(olderThan !== undefined && { createdBefore: Number(olderThan) }) };
}
