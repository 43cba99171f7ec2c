import { InvalidOptionError } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BudgetWindow, validateWindow, windowAt } from "./budget-window.ts";

const at = (text: string): number => Date.parse(text);
const iso = (window: BudgetWindow, now: string) => {
  const { start, end } = windowAt(window, at(now));
  return [new Date(start).toISOString(), end === null ? null : new Date(end).toISOString()];
};

describe("windowAt", () => {
  it.each([
    ["month", undefined, "2026-02-10T12:00:00Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ["month", "America/New_York", "2026-01-01T03:00:00Z", "2025-12-01T05:00:00.000Z", "2026-01-01T05:00:00.000Z"],
    ["week", undefined, "2026-11-22T23:59:59Z", "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
    ["day", "Asia/Kathmandu", "2026-05-05T18:30:00Z", "2026-05-05T18:15:00.000Z", "2026-05-06T18:15:00.000Z"],
    // 23 and 25 hours: clocks change.
    ["day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
    ["day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
    // Midnight is left out: the day begins at 1:00.
    ["day", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"],
    // Midnight comes twice: the day begins at the first.
    ["day", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"],
    ["hour", "Asia/Kolkata", "2026-05-05T18:40:00.123Z", "2026-05-05T18:30:00.000Z", "2026-05-05T19:30:00.000Z"],
  ] as const)("%s in %s at %s", (unit, timeZone, now, start, end) => {
    expect(iso({ kind: "calendar", unit, ...(timeZone && { timeZone }) }, now)).toEqual([start, end]);
  });

  it("always holds the time it is for, and windows follow each other without a gap", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("hour", "day", "week", "month" as const),
        fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "America/Havana"),
        fc.integer({ min: at("2020-01-01"), max: at("2030-01-01") }),
        (unit, timeZone, now) => {
          const window: BudgetWindow = { kind: "calendar", unit, timeZone };
          const { start, end } = windowAt(window, now);
          expect(start).toBeLessThanOrEqual(now);
          expect(end!).toBeGreaterThan(now);
          if (unit !== "hour") expect(windowAt(window, end!).start).toBe(end);
          expect(windowAt(window, start).key).toBe(windowAt(window, now).key);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("refuses windows that cannot be", () => {
    for (const window of [
      { kind: "calendar", unit: "fortnight" },
      { kind: "calendar", unit: "day", timeZone: "Mars/Olympus" },
      { kind: "rolling", ms: 0 },
    ]) {
      expect(() => validateWindow(window as BudgetWindow)).toThrow(InvalidOptionError);
    }
  });
});
