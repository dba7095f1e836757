// Runs every check there is, shows what each says, and ends with one line that counts them.
// With filters, only the tests whose path contains one of them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const filters = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };
/** Test files that failed, and passed when they ran again. */
const unsteady = [];

function check(name, command, args) {
  console.error(`\n==> ${name}`);
  const started = Date.now();
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(error.message);
  if (status === 0) count.passed++;
  else count.failed++;
  console.error(`    ${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (filters.length === 0) {
  check('Types', 'npx', ['tsc', '-p', 'tsconfig.json']);
  check('Types of pages for browsers', 'npx', ['tsc', '-p', 'packages/vscode-ext/src/webview/tsconfig.json']);
  check('Lint', 'npx', ['oxlint', '--type-aware', '--deny-warnings']);
  check('Unused files, exports and dependencies', 'npx', ['knip']);
  check('Packages: pack, install, import on Node 22, 24 and 26', 'node', ['scripts/check-packages.mjs']);
}

const folder = mkdtempSync(join(tmpdir(), 'caisson-test-'));

/** Runs vitest once: what its report has, and whether all went well. */
function vitest(name, args) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  console.error(`\n==> ${name}`);
  const { status } = spawnSync('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  return { ok: status === 0, report: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined };
}

/**
 * Runs vitest and counts its tests. Real daemons, editors and containers share the machine with whatever else runs on it: where all tests run, the few files in which one failed
 * run once more, from their beginning and with nothing beside them. What passes then is told of by name, for it is a fault too: the test's, or one that is seldom seen.
 */
function tests(name, args, config = []) {
  const first = vitest(name, [...config, ...args]);
  if (!first.report) {
    count.failed++;
    return;
  }
  const failed = new Set(first.report.testResults.filter(({ status }) => status === 'failed').map((file) => file.name));
  const again = !first.ok && filters.length === 0 && failed.size > 0 && failed.size <= 3 ? vitest(`Once more: ${[...failed].join(', ')}`, [...config, '--no-file-parallelism', ...failed]) : undefined;
  if (again?.ok) {
    unsteady.push(...[...failed].map((file) => relative('', file)));
    tally({ ok: true, files: [...first.report.testResults.filter((file) => !failed.has(file.name)), ...again.report.testResults] });
  } else tally({ ok: first.ok, files: first.report.testResults });
}

function tally({ ok, files }) {
  const results = files.flatMap((file) => file.assertionResults.map((test) => test.status));
  const failed = results.filter((status) => status === 'failed').length;
  count.passed += results.filter((status) => status === 'passed').length;
  // A file that cannot even be loaded has no failed test in it; what fails outside of all tests shows in the status alone.
  count.failed += ok ? failed : Math.max(1, failed);
  count.skipped += results.filter((status) => status !== 'passed' && status !== 'failed').length;
}

tests('Tests', filters);
// In a real VS Code, in a real browser: apart, since they need both and the built extension.
if (filters.length === 0 || filters.some((filter) => filter.includes('editor'))) tests('Tests in the editor', [], ['--config', 'packages/vscode-ext/vitest.editor.config.ts']);
rmSync(folder, { recursive: true, force: true });

if (unsteady.length > 0) console.log(`\nFailed at first and passed when run again, each a fault to be found: ${unsteady.join(', ')}`);
console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
