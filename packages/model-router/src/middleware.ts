export { modelRouterMiddleware, type ModelRouterMiddlewareOptions } from "./middleware/model-router-middleware.ts";
export type { StringCandidate } from "./middleware/load-candidate.ts";
