export { promptCompressionMiddleware, type PromptCompressionMiddlewareOptions } from "./langchain/prompt-compression-middleware.ts";
export type { OriginalStore } from "./originals/original-store.ts";
