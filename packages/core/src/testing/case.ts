/**
 * One case of a conformance suite. Suites use plain assertions, so that any test runner can take them:
 * `for (const { name, run } of contentStoreSuite(make)) it(name, run)`.
 */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Why it is not to be run on this backend. */
  readonly inapplicable?: string;
}
