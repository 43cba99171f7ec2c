export {
  type OriginalStore,
  promptCompressionMiddleware,
  type PromptCompressionMiddlewareOptions,
} from "./langchain/prompt-compression-middleware.ts";
