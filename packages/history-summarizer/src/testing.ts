export { summaryStoreSuite, type SummaryStoreSuiteOptions } from "./stores/summary-store-suite.ts";
