import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What each test came to, for whoever started the editor: a JSON file, since nothing else leaves an extension host. */
export interface SuiteResult {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly milliseconds: number;
  readonly error?: string;
}

/** The entry point of both @vscode/test-electron and code-server: resolves when all tests are through. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'spec', color: false });
  mocha.suite.emit('pre-require', globalThis, 'caisson', mocha);
  await import('./tests.js');
  const results: SuiteResult[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const note = (test: Mocha.Test, state: SuiteResult['state'], error?: Error) => results.push({ title: test.fullTitle(), state, milliseconds: test.duration ?? 0, ...(error === undefined ? {} : { error: error.stack ?? error.message }) });
    runner.on('pass', (test) => note(test, 'passed'));
    runner.on('pending', (test) => note(test, 'pending'));
    runner.on('fail', (test, error) => note(test as Mocha.Test, 'failed', error as Error));
  });
  const file = process.env['CAISSON_SUITE_RESULTS'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
