import type { RoutingDecision } from "@langthrift/core";
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { RouteContext } from "../route-context.ts";
import type { PolicyOverhead } from "../routing-policy.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** A request as the pipeline sees it. */
export interface RouteRequest {
  /** The decision's. */
  readonly id: string;
  readonly messages: readonly BaseMessage[];
  readonly toolNames: readonly string[];
  readonly structuredOutput: boolean;
  readonly outputCapTokens?: number | undefined;
  readonly config?: RunnableConfig | undefined;
  readonly onOverhead?: ((overhead: PolicyOverhead) => void) | undefined;
}

/** Who answers, and who may step in. */
export interface RoutePlan {
  readonly context: RouteContext;
  readonly decision: RoutingDecision;
  readonly chosen: ResolvedCandidate;
  /** Candidates that can serve the request and may be asked when the chosen one fails: closed circuits first. */
  readonly others: readonly ResolvedCandidate[];
}

/** Why candidates were left out. */
export type Exclusions = Map<ResolvedCandidate, string>;

/** Output assumed where the call has no cap, for prices before the call. */
export const EXPECTED_OUTPUT_TOKENS = 256;
