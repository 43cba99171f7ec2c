export { routerStoreSuite, type RouterStoreSuiteOptions } from "./router-store-suite.ts";
