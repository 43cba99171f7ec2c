import type { CostEntry, SavingsRecord } from "./cost-entry.ts";

/**
 * What costs can be grouped by. `tag` and `chain` hold several values a call: each value's group has the whole cost, so these groups do
 * not add up to the total. `run` is the root run; `step` is an agent's node; `hour` and `day` are UTC.
 */
export type Dimension =
  | "provider"
  | "model"
  | "requestedModel"
  | "kind"
  | "status"
  | "tier"
  | "runName"
  | "chain"
  | "step"
  | "tag"
  | "user"
  | "session"
  | "tenant"
  | "feature"
  | "run"
  | "hour"
  | "day"
  | `metadata:${string}`;

export const fixedDimensions: readonly Dimension[] = [
  "provider",
  "model",
  "requestedModel",
  "kind",
  "status",
  "tier",
  "runName",
  "chain",
  "step",
  "tag",
  "user",
  "session",
  "tenant",
  "feature",
  "run",
  "hour",
  "day",
];

/** The group of calls that have no value. */
const NONE = "(none)";
/** The group of the keys over the limit. */
export const OTHER = "(other)";

export type LedgerRecord =
  | { readonly entry: CostEntry; readonly savings?: undefined }
  | { readonly savings: SavingsRecord; readonly entry?: undefined };

/** Tags that LangChain adds for itself. */
const internalTag = /^(?:seq:step:|map:key:|retry:attempt:|graph:step:|condition:|branch:|langsmith:|langthrift:)/;

function isUserTag(tag: string): boolean {
  return !internalTag.test(tag);
}

/** A record's value of a dimension; a list for those that hold several. */
export function valueOf(dimension: Dimension, { entry, savings }: LedgerRecord): string | readonly string[] {
  const labels = entry ?? savings.labels;
  switch (dimension) {
    case "provider":
      return (entry ?? savings).provider ?? NONE;
    case "model":
      return (entry ?? savings).model ?? NONE;
    case "requestedModel":
      return entry ? (entry.requestedModel ?? entry.model) : (savings.model ?? NONE);
    case "kind":
      return entry ? entry.kind : "savings";
    case "status":
      return entry ? entry.status : "savings";
    case "tier":
      return entry?.tier ?? "default";
    case "runName":
      return labels.runName ?? NONE;
    case "chain":
      return labels.chain.length === 0 ? NONE : labels.chain;
    case "step":
      return labels.step ?? NONE;
    case "tag": {
      const tags = labels.tags.filter(isUserTag);
      return tags.length === 0 ? NONE : tags;
    }
    case "user":
      return labels.userId ?? NONE;
    case "session":
      return labels.sessionId ?? NONE;
    case "tenant":
      return labels.tenant ?? NONE;
    case "feature":
      return labels.feature ?? NONE;
    case "run":
      return labels.rootId ?? NONE;
    case "hour":
      return isoSlice((entry ?? savings).at, 13);
    case "day":
      return isoSlice((entry ?? savings).at, 10);
    default: {
      const value = labels.metadata?.[dimension.slice("metadata:".length)];
      return value === undefined || value === null ? NONE : typeof value === "string" ? value : JSON.stringify(value);
    }
  }
}

let sliceHour = -1;
let hourText = "";

/** "2026-01-31T12" or "2026-01-31"; calls come in order of time, so the last hour's text is kept. */
function isoSlice(at: number, length: number): string {
  const hour = Math.floor(at / 3_600_000);
  if (hour !== sliceHour) {
    sliceHour = hour;
    hourText = new Date(hour * 3_600_000).toISOString().slice(0, 13);
  }
  return length === 13 ? hourText : hourText.slice(0, length);
}
