export { budgetStoreSuite, type BudgetStoreSuiteOptions } from "./budgets/budget-store-suite.ts";
export { feedCalls, type FeedCallsOptions } from "./feed-calls.ts";
