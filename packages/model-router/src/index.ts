// The router
export { createModelRouter, ModelRouter } from "./model-router.ts";
export type { FallbackOptions, ModelRouterOptions } from "./model-router-options.ts";
export type { Candidate, CandidateCapabilities } from "./candidate.ts";
export { NoCandidateError } from "./no-candidate-error.ts";
export type { StickyOptions } from "./router/sticky.ts";
export type { BreakerOptions } from "./router/circuit.ts";
export type { BudgetOptions } from "./router/budget.ts";
export type { FallbackOrder } from "./router/fallback-chain.ts";

// Policies
export type { CandidateView, PolicyResult, RoutingPolicy } from "./routing-policy.ts";
export { createRouteContext, type RouteContext, type RouteContextInput } from "./route-context.ts";
export { heuristicPolicy, type HeuristicPolicyOptions } from "./policies/heuristic-policy.ts";
export { rulePolicy, type RoutingRule } from "./policies/rule-policy.ts";
export { compose } from "./policies/compose.ts";

// Store
export type { RouterStore } from "./router-store.ts";
export { memoryRouterStore, type MemoryRouterStoreOptions } from "./memory-router-store.ts";
