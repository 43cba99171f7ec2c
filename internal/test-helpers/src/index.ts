export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { seededRandom } from "./seeded-random.ts";
export { sequentialIds } from "./sequential-ids.ts";
export { redisUrl } from "./redis-url.ts";
export { scriptedEmbeddings, type ScriptedEmbeddings, type ScriptedEmbeddingsOptions } from "./scripted-embeddings.ts";
export { collectEvents, type EventCollector, type EventLike } from "./collect-events.ts";
export { collectRuns, type CollectedEvent, type CollectedRun, type RunCollector } from "./collect-runs.ts";
export { messageWithUsage, recordedUsages, type ExpectedUsage, type RecordedUsage } from "./recorded-usages.ts";
