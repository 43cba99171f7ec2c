export { budgetStoreSuite, type BudgetStoreSuiteOptions } from "./budgets/budget-store-suite.ts";
