// Runs every check there is, shows what each says, and ends with one line that counts them.
// With filters, only the tests whose path contains one of them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const filters = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

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

/** Runs vitest and counts its tests. */
function tests(name, args) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  console.error(`\n==> ${name}`);
  const { status } = spawnSync('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    count.passed += numPassedTests;
    // A file that cannot even be loaded has no failed test in it; what fails outside of all tests shows in the status alone.
    count.failed += status === 0 ? numFailedTests : Math.max(1, numFailedTests, numFailedTestSuites);
    count.skipped += numPendingTests + numTodoTests;
  } else count.failed++;
}

tests('Tests', filters);
// In a real VS Code, in a real browser: apart, since they need both and the built extension.
if (filters.length === 0 || filters.some((filter) => filter.includes('editor'))) tests('Tests in the editor', ['--config', 'packages/vscode-ext/vitest.editor.config.ts']);
rmSync(folder, { recursive: true, force: true });

console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
