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
export type { CandidateView, PolicyEvidence, PolicyOverhead, PolicyResult, RoutingPolicy } from "./routing-policy.ts";
export { createRouteContext, type RouteContext, type RouteContextInput } from "./route-context.ts";
export { heuristicPolicy, type HeuristicPolicyOptions } from "./policies/heuristic-policy.ts";
export { rulePolicy, type RoutingRule } from "./policies/rule-policy.ts";
export { prototypePolicy, type PrototypePolicyOptions } from "./policies/prototype-policy.ts";
export type { PrototypeAggregate, PrototypeRoute } from "./policies/prototype-route.ts";
export { fitPrototypeRoutes, type PrototypeExample } from "./policies/fit-prototype-routes.ts";
export { llmPolicy, type LlmPolicyOptions } from "./policies/llm-policy.ts";
export { banditPolicy, type BanditPolicyOptions } from "./policies/bandit-policy.ts";
export { routeLlmPolicy, type RouteLlmPolicyOptions } from "./policies/route-llm-policy.ts";
export { compose } from "./policies/compose.ts";

// Store
export type { RouterStore } from "./router-store.ts";
export { memoryRouterStore, type MemoryRouterStoreOptions } from "./memory-router-store.ts";

// Cascade
export { CascadeModel, createCascade } from "./cascade/cascade-model.ts";
export type { CascadeOptions, CascadeStep } from "./cascade/cascade-options.ts";
export type { Draft, QualityScorer, Score } from "./cascade/quality-scorer.ts";
export { logprobScorer, type LogprobScorerOptions } from "./cascade/logprob-scorer.ts";
export { type Validator, validatorScorer } from "./cascade/validator-scorer.ts";
export {
  consistencyScorer,
  type ConsistencyScorerOptions,
  judgeScorer,
  type JudgeScorerOptions,
  selfVerifyScorer,
  type SelfVerifyScorerOptions,
} from "./cascade/model-scorers.ts";

// Offline: learn, calibrate, measure
export {
  knnPolicy,
  clusterPolicy,
  thresholdPolicy,
  type ThresholdPolicyOptions,
  trainedPolicy,
  type TrainedPolicyOptions,
} from "./policies/trained-policy.ts";
export { meanScore, modelsOf, parseRouterRow, type RouterRow } from "./offline/router-row.ts";
export type { RouterArtifact, RouterCalibration, RouterKind, RouterPrediction } from "./offline/router-artifact.ts";
export { trainRouter, type TrainRouterOptions } from "./offline/train-router.ts";
export { loadRouter, predictRows, type TrainedRouter } from "./offline/load-router.ts";
export { crossPredict, type CrossPredictOptions } from "./offline/cross-predict.ts";
export { embedRows, type RowEmbeddings } from "./offline/row-embeddings.ts";
export { bestFor, calibrate, type CalibrationTarget, chooseLambda, type Operation, operationsOf } from "./offline/calibrate.ts";
export { evaluateRouter, type EvaluateRouterOptions, type RouterEvaluation } from "./offline/evaluate-router.ts";
export type { SettingEvaluation } from "./offline/evaluate-setting.ts";
export type { FlipRates } from "./offline/flip-rate.ts";
export { singleModelHullSaving } from "./offline/savings.ts";
export { type CurveInput, type RoutingCurve, routingCurve } from "./offline/routing-curve.ts";
export {
  type CascadeArtifact,
  type DraftPrediction,
  loadCascade,
  trainCascade,
  type TrainCascadeOptions,
  trainedScorer,
} from "./offline/train-cascade.ts";

// Shadow: label live traffic without acting on it
export { ShadowRecorder, type ShadowOptions, type ShadowStats } from "./offline/shadow-recorder.ts";
export { blindJudge, type BlindJudgeOptions, type ShadowComparison, type ShadowJudge } from "./offline/shadow-judge.ts";
export { parseShadowRow, type ShadowRow } from "./offline/shadow-row.ts";
export { shadowReport, type ShadowOutcome, type ShadowReport, type ShadowReportOptions } from "./offline/shadow-report.ts";
