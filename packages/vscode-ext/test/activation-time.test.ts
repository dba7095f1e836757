import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const bundle = new URL('../dist/extension.cjs', import.meta.url).pathname;

/** Loads the bundle and activates it, with an editor that answers anything to everything; prints the processor's milliseconds for both. */
const script = `
  const { Module } = require('node:module');
  const editor = new Proxy(function () {}, { get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === Symbol.iterator ? function* () {} : name === 'then' ? undefined : editor), apply: () => editor, construct: () => editor });
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => (request === 'vscode' ? 'vscode' : resolve(request, ...rest));
  require.cache.vscode = { id: 'vscode', filename: 'vscode', loaded: true, exports: editor };
  const start = process.cpuUsage();
  const subscriptions = [];
  const { get, update } = { get: (_, otherwise) => otherwise, update: async () => {} };
  require(${JSON.stringify(bundle)}).activate({ subscriptions, extensionPath: '/', workspaceState: { get, update }, globalState: { get, update } });
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ milliseconds: (user + system) / 1000, subscriptions: subscriptions.length }));
  process.exit();
`;

it('is activated within 50 ms', () => {
  // The best of up to ten: a busy machine makes the processor's caches cold.
  let best = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < 10 && best >= 50; runs++) {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('');
    const { milliseconds, subscriptions } = JSON.parse(stdout) as { readonly milliseconds: number; readonly subscriptions: number };
    expect(subscriptions).toBeGreaterThan(50);
    best = Math.min(best, milliseconds);
  }
  expect(best).toBeLessThan(50);
});
