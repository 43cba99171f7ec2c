export { type AgentRequest, semanticCacheMiddleware, type SemanticCacheMiddlewareOptions } from "./langchain/semantic-cache-middleware.ts";
