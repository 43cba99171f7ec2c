import type { CacheMark, NanoUsd } from "@langthrift/core";
import type { TrafficRequest } from "../traffic/traffic-request.ts";

/** What became of one replayed request. */
export interface ReplayOutcome {
  readonly request: TrafficRequest;
  /** `null`: the call failed, and `error` says why. */
  readonly answeredBy: "cache" | "model" | null;
  readonly error?: string;
  /** The model that answered now, or had answered when the entry was stored. */
  readonly model?: string;
  readonly cacheKind?: CacheMark["kind"];
  /** A hit on an answer that was stored under another label; absent where either has no label. */
  readonly wrongHit?: boolean;
  /** What the request cost; 0 on a hit, `null` when a price is unknown. */
  readonly spentNanoUsd: NanoUsd | null;
  /** What it would have cost at the dear model. */
  readonly baselineNanoUsd: NanoUsd | null;
  /** The whole call, in ms. */
  readonly totalMs: number;
  /** The part of it spent waiting for the model's server, in ms. */
  readonly providerMs: number;
}
