export { type CompressorCapabilities, compressorSuite, type CompressorSuiteOptions } from "./testing/compressor-suite.ts";
export type { SuiteExpectation, SuiteRunner } from "./testing/suite-runner.ts";
export { originalStoreSuite, type OriginalStoreSuiteOptions } from "./originals/original-store-suite.ts";
