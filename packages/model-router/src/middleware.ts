export { modelRouterMiddleware, type ModelRouterMiddlewareOptions } from "./middleware/model-router-middleware.ts";
export { cascadeMiddleware, type CascadeMiddlewareOptions, type CascadeMiddlewareStep } from "./middleware/cascade-middleware.ts";
export type { StringCandidate } from "./middleware/load-candidate.ts";
