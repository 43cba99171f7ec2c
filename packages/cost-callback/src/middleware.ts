export {
  budgetMiddleware,
  type BudgetMiddlewareOptions,
  costMiddleware,
  type CostMiddlewareOptions,
} from "./middleware/cost-middleware.ts";
