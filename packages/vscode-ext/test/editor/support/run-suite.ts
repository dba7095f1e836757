import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SuiteResult } from '../suite/index.js';
import { Browser } from './browser.js';
import { EditorServer } from './server.js';

const extension = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');

/** Runs the built mocha suite in the extension host of a code-server that has `folder` open. */
export async function runInCodeServer(folder: string, resultsFile: string, env: Readonly<Record<string, string>> = {}): Promise<readonly SuiteResult[]> {
  // Without the flag the payload that names the tests is silently ignored.
  await using server = await EditorServer.start({ env: { ...env, CAISSON_SUITE_RESULTS: resultsFile }, args: ['--vscode-option', 'enable-smoke-test-driver'] });
  await using browser = await Browser.start();
  const { page } = browser;
  const messages: string[] = [];
  const exit = new Promise<number>((resolve, reject) => {
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
  });
  await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => messages.push(args.join(' ')));
  await page.goto(server.url(folder, [['extensionDevelopmentPath', server.remote(extension)], ['extensionTestsPath', server.remote(`${extension}/dist/test/suite.cjs`)]]));
  const code = await Promise.race([exit, sleep(600_000).then(() => 'no end in time')]);
  if (!existsSync(resultsFile)) throw new Error(`the suite did not run (${code}):\n${messages.slice(-30).join('\n')}`);
  return JSON.parse(readFileSync(resultsFile, 'utf8')) as SuiteResult[];
}
