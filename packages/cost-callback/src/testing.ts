export { budgetStoreSuite, type BudgetStoreSuiteOptions } from "./budgets/budget-store-suite.ts";
export { RACE_RESERVED_NANO_USD, raceBudget, type RaceBudgetOptions, type RaceMessage } from "./budgets/race-budget.ts";
export { feedCalls, type FeedCallsOptions } from "./feed-calls.ts";
