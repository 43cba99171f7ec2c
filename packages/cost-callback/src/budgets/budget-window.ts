import { InvalidOptionError } from "@langthrift/core";

/**
 * The time in which a limit holds.
 * - `calendar`: from the start of the hour, day, week (Monday) or month in a time zone to its end. @default timeZone "UTC"
 * - `rolling`: the last `ms` milliseconds, in sixty steps.
 * - `total`: for ever.
 * - `call`: each call for itself; needs no store.
 */
export type BudgetWindow =
  | { readonly kind: "calendar"; readonly unit: "hour" | "day" | "week" | "month"; readonly timeZone?: string }
  | { readonly kind: "rolling"; readonly ms: number }
  | { readonly kind: "total" }
  | { readonly kind: "call" };

/** A window at one time, as a store sees it. */
export interface WindowSpan {
  /** Tells the windows of one budget apart. */
  readonly key: string;
  /** ms since epoch; a reservation outside of [start, end) is stale. */
  readonly start: number;
  /** `null`: does not end. In ms since epoch. */
  readonly end: number | null;
  /** Length of a step of a rolling window in ms; 0 for the others. */
  readonly stepMs: number;
}

export const ROLLING_STEPS = 60;

/** @throws {InvalidOptionError} when the window cannot be. */
export function validateWindow(window: BudgetWindow): void {
  if (window.kind === "rolling" && !(Number.isFinite(window.ms) && window.ms >= 1_000)) {
    throw new InvalidOptionError(`\`window.ms\` is ${window.ms}. Pass milliseconds, at least 1,000.`);
  }
  if (window.kind === "calendar") {
    if (!["hour", "day", "week", "month"].includes(window.unit)) {
      throw new InvalidOptionError(`\`window.unit\` is "${window.unit}". Pass "hour", "day", "week" or "month".`);
    }
    try {
      formatter(window.timeZone ?? "UTC");
    } catch {
      throw new InvalidOptionError(`\`window.timeZone\` is "${window.timeZone}". Pass an IANA name such as "Europe/Berlin".`);
    }
  }
}

export function windowAt(window: BudgetWindow, now: number): WindowSpan {
  if (window.kind === "rolling") {
    // A step more than the window is kept, so that a spend counts for the whole of it.
    return { key: `rolling:${window.ms}`, start: 0, end: null, stepMs: Math.ceil(window.ms / ROLLING_STEPS) };
  }
  if (window.kind !== "calendar") return { key: window.kind, start: 0, end: null, stepMs: 0 };
  const timeZone = window.timeZone ?? "UTC";
  const local = localTime(now, timeZone);
  if (window.unit === "hour") {
    // Clocks change by whole multiples of the quarter hours that offsets are made of; an hour is counted on the local clock.
    const start = now - local.minute * 60_000 - local.second * 1_000 - (now % 1_000);
    return { key: `hour:${start}`, start, end: start + 3_600_000, stepMs: 0 };
  }
  const { year, month, day, weekday } = local;
  const days = window.unit === "week" ? 7 : 1;
  const first = window.unit === "month" ? 1 : window.unit === "week" ? day - weekday : day;
  const start = toInstant([year, month, first], timeZone);
  const end = window.unit === "month" ? toInstant([year, month + 1, 1], timeZone) : toInstant([year, month, first + days], timeZone);
  return { key: `${window.unit}:${start}`, start, end, stepMs: 0 };
}

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Monday. */
  readonly weekday: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let known = formatters.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(timeZone, known);
  }
  return known;
}

function localTime(at: number, timeZone: string): LocalTime {
  const fields: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(at)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return { year, month, day, hour, minute, second, weekday: (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7 };
}

/** The first instant of a local day: the first midnight where there are two, the end of the gap where there is none. */
function toInstant([year, month, day]: readonly [number, number, number], timeZone: string): number {
  const midnight = Date.UTC(year, month - 1, day);
  const candidates = [midnight - offsetAt(midnight - 86_400_000, timeZone), midnight - offsetAt(midnight + 86_400_000, timeZone)];
  const midnights = candidates.filter((at) => at + offsetAt(at, timeZone) === midnight);
  return midnights.length > 0 ? Math.min(...midnights) : (candidates[0] as number);
}

/** Local time minus UTC, in ms. */
function offsetAt(at: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localTime(at, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}
