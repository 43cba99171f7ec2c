/** The part of a test runner that the suites use; those of vitest and jest fit. */
export interface SuiteRunner {
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => SuiteExpectation;
}

/** The assertions that the suites use. */
export interface SuiteExpectation {
  toBe(expected: unknown): unknown;
  toEqual(expected: unknown): unknown;
}
