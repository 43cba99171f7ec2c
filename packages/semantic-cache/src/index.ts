// The engine
export { SemanticCache } from "./semantic-cache.ts";
export type { InvalidateFilter } from "./invalidate-filter.ts";
export type { Condenser, SemanticCacheOptions } from "./semantic-cache-options.ts";
export type { BypassReason, CacheQuery, ContextTurn } from "./cache-query.ts";
export type { CachedResponse } from "./cached-response.ts";
export type { CacheDecision, CacheKind, CacheReason } from "./cache-decision.ts";
export type { CacheStats } from "./cache-stats.ts";
export type { CacheExplanation, NearMiss } from "./serving/explain.ts";
export type { ExportedEntry } from "./serving/transfer.ts";
export type { StoreOptions } from "./serving/keeper.ts";
export type { CacheCall } from "./serving/lookup.ts";

// Ways in
export { withSemanticCache } from "./with-semantic-cache.ts";
export { CachedChatModel, type ModelCacheOptions } from "./langchain/cached-chat-model.ts";
export { LangChainSemanticCache, type LangChainSemanticCacheOptions } from "./langchain/langchain-semantic-cache.ts";
export { CachedRunnable, type CachedRunnableOptions } from "./langchain/cached-runnable.ts";

// Policies
export {
  type Agreement,
  agreementOf,
  type HitPolicy,
  type PolicyAudit,
  type PolicyCandidate,
  type PolicyDecision,
  type PolicyLabel,
  type PolicyState,
  type PolicyStatus,
} from "./policy/hit-policy.ts";
export { thresholdPolicy, type ThresholdPolicyOptions } from "./policy/threshold-policy.ts";
export { verifiedPolicy, type VerifiedPolicyOptions } from "./policy/verified-policy.ts";
export { calibrate, type CalibrateOptions, type Calibration, type CalibrationPair } from "./policy/calibrate.ts";
export { suggestFloor, type SuggestFloorOptions } from "./policy/suggest-floor.ts";
export { evidencePolicy, type EvidencePolicyOptions } from "./policy/evidence-policy.ts";
export { learnFromLog, type LearnedFromLog, type LearnFromLogOptions, type LoggedQuestion } from "./policy/learn-from-log.ts";
export { type CandidateEvidence, type EvidenceNeighbour, gatherEvidence } from "./policy/candidate-evidence.ts";
export {
  estimateRight,
  type EvidenceExample,
  type EvidenceModel,
  fitEvidenceModel,
  type FitEvidenceOptions,
} from "./policy/evidence-model.ts";
export { clopperPearson, type RateInterval, wilsonInterval } from "./policy/intervals.ts";

// Guards
export { createGuards } from "./guards/create-guards.ts";
export type { Guard, GuardContext, GuardProfile } from "./guards/guard.ts";

// Judging and admission
export type { Judge, JudgePair } from "./judge.ts";
export { judgesInTurn, rerankerJudge, type RerankerJudgeOptions } from "./verifier-chain.ts";
export { type JudgeModel, llmJudge, type LlmJudgeOptions } from "./langchain/llm-judge.ts";
export {
  type AdmissionCandidate,
  type AdmissionPolicy,
  type AdmissionRefusal,
  valueAdmission,
  type ValueAdmissionOptions,
} from "./admission.ts";

// Stores and values
export type {
  CacheEntry,
  CacheEntryPatch,
  CacheEntryState,
  CacheLabel,
  CacheStore,
  EntryFilter,
  Neighbour,
  SearchQuery,
} from "./cache-store.ts";
export { memoryCacheStore, type MemoryCacheStore, type MemoryCacheStoreOptions } from "./stores/memory-cache-store.ts";
export type { RecoveryReport } from "./stores/journal/recovery.ts";
export { CacheStoreError, type CacheStoreErrorReason } from "./stores/cache-store-error.ts";
export type { FlightGrant, FlightLease, FlightLock } from "./flight-lock.ts";
export { aesGcmCodec, type AesGcmCodecOptions } from "./aes-gcm-codec.ts";
export type { ValueCodec } from "./value-codec.ts";
