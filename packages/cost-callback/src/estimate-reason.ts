/** Why a usage or price is an estimate: a closed set, written into `CostEntry.estimateReasons`. */
export type EstimateReason =
  | "usage-not-sent"
  | "stream-aborted"
  | "stream-abandoned"
  | "call-failed-midway"
  | "call-aborted"
  | "served-tier-not-reported"
  | "thoughts-from-total"
  | "server-tool-input-not-reported"
  | "cache-reads-not-reported"
  | "audio-tokens-not-reported";
