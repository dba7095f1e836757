// Runs the suite of the extension host in a desktop VS Code: the one that CAISSON_VSCODE names (its executable, not the script `code`), else
// one that is downloaded. Where there is none to be had it says why and ends well: code-server runs the same suite everywhere.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';

const extension = join(import.meta.dirname, '..');
const suite = join(extension, 'dist/test/suite.cjs');

if (!existsSync(suite)) fail('the suite is not built: npx nx build caisson-vscode');
else if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) skip('there is no display (with one that is not seen: xvfb-run npm run test:desktop)');
else {
  const executable = process.env.CAISSON_VSCODE ?? (await downloaded());
  if (executable !== undefined) await run(executable);
}

async function downloaded() {
  try {
    return await downloadAndUnzipVSCode();
  } catch (error) {
    skip(`VS Code cannot be downloaded (${error instanceof Error ? error.message : String(error)}); CAISSON_VSCODE names one that is there`);
    return undefined;
  }
}

async function run(vscodeExecutablePath) {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-desktop-'));
  const results = join(folder, 'results.json');
  const workspace = join(folder, 'workspace');
  try {
    mkdirSync(workspace);
    writeFileSync(join(workspace, 'Dockerfile'), 'FROM localhost/busybox:1\nMAINTAINER joe\nRUN cd /tmp\n');
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: extension,
      extensionTestsPath: suite,
      // Folders of its own, and short ones: sockets below the first may not have long paths.
      launchArgs: [workspace, '--disable-extensions', '--disable-telemetry', `--user-data-dir=${join(folder, 'user')}`, `--extensions-dir=${join(folder, 'extensions')}`],
      // In a terminal of VS Code this one is set, and would have the editor be a mere Node.
      extensionTestsEnv: { ELECTRON_RUN_AS_NODE: undefined, CAISSON_SUITE_RESULTS: results },
    });
    tell(results);
  } catch (error) {
    // A failed test ends the editor with a failure too: then they are told one by one.
    if (existsSync(results)) tell(results);
    else fail(error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An editor that ended well without a single test has tested nothing. */
function tell(file) {
  if (!existsSync(file)) return fail('the suite did not run');
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const failed = results.filter(({ state }) => state === 'failed');
  for (const { title, error } of failed) console.error(`failed: ${title}\n${error}`);
  console.log(`${results.filter(({ state }) => state === 'passed').length} passed, ${failed.length} failed`);
  if (failed.length > 0 || results.length === 0) process.exitCode = 1;
}

function skip(reason) {
  console.log(`skipped: ${reason}`);
}

function fail(reason) {
  console.error(reason);
  process.exitCode = 1;
}
