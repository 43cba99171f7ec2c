export { CachedEmbeddings, type CachedEmbeddingsOptions, type CachedEmbeddingsStats } from "./cached-embeddings.ts";
export { defaultEmbeddings } from "./default-embeddings.ts";
export { MiniLMEmbeddings, type MiniLMEmbeddingsOptions } from "./mini-lm-embeddings.ts";
export { StaticEmbeddings, type StaticEmbeddingsOptions } from "./static-embeddings.ts";
export type { EmbedCallOptions } from "./embed-call-options.ts";
export type { EmbeddingEvent } from "./embedding-event.ts";
export { WeightsError } from "./weights-error.ts";
