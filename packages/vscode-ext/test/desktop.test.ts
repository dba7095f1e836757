import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = new URL('../scripts/test-desktop.mjs', import.meta.url).pathname;
const suite = new URL('../dist/test/suite.cjs', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'caisson-stand-in-'));

/** In the editor's place: notes what it was called with, and says what the suite would have said. */
function standIn(results: string | undefined, code: number): string {
  const path = join(folder, `editor-${code}-${results?.length ?? 0}`);
  writeFileSync(path, `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { argv, env } = process;
writeFileSync(${JSON.stringify(join(folder, 'seen.json'))}, JSON.stringify({ argv: argv.slice(2), node: env.ELECTRON_RUN_AS_NODE ?? '', dockerfile: readFileSync(argv[2] + '/Dockerfile', 'utf8') }));
${results === undefined ? '' : `writeFileSync(env.CAISSON_SUITE_RESULTS, ${JSON.stringify(results)});`}
process.exit(${code});
`);
  chmodSync(path, 0o755);
  return path;
}

function run(env: NodeJS.ProcessEnv) {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...rest, ...env } });
  return { status, said: stdout + stderr };
}

let made = false;
beforeAll(() => {
  if (existsSync(suite)) return;
  // That it is there is all that is asked of it here.
  mkdirSync(join(suite, '..'), { recursive: true });
  writeFileSync(suite, '');
  made = true;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (made) rmSync(suite);
});

describe.skipIf(process.platform === 'win32')('the suite in a desktop VS Code (Windows runs no script in its place)', () => {
  const passed = { title: 'a', state: 'passed', milliseconds: 1 };

  it('is started with the extension, the tests and folders of its own', () => {
    const { status, said } = run({ DISPLAY: ':0', ELECTRON_RUN_AS_NODE: '1', CAISSON_VSCODE: standIn(JSON.stringify([passed]), 0) });
    expect(said).toContain('1 passed, 0 failed');
    expect(status).toBe(0);
    const { argv, node, dockerfile } = JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as { argv: string[]; node: string; dockerfile: string };
    const option = (name: string) => argv.find((one) => one.startsWith(`--${name}=`))?.split('=')[1];
    expect(option('extensionTestsPath')).toBe(suite);
    expect(existsSync(join(option('extensionDevelopmentPath') ?? '', 'package.json'))).toBe(true);
    expect(argv.filter((one) => /^--(?:user-data|extensions)-dir=/.test(one))).toHaveLength(2);
    expect(dockerfile).toContain('MAINTAINER');
    expect(node).toBe('');
    expect(existsSync(option('user-data-dir') ?? folder)).toBe(false);
  });

  it('tells which tests failed', () => {
    const { status, said } = run({ DISPLAY: ':0', CAISSON_VSCODE: standIn(JSON.stringify([passed, { title: 'b c', state: 'failed', milliseconds: 1, error: 'not so' }]), 1) });
    expect(said).toContain('failed: b c\nnot so\n');
    expect(said).toContain('1 passed, 1 failed');
    expect(status).toBe(1);
  });

  it.each([0, 1])('is no success where nothing ran, though the editor ended with %d', (code) => {
    const { status, said } = run({ DISPLAY: ':0', CAISSON_VSCODE: standIn(undefined, code) });
    expect(said).toMatch(code === 0 ? 'the suite did not run' : 'failed with code 1');
    expect(status).toBe(1);
  });

  it.runIf(process.platform === 'linux')('is skipped without a display, and says so', () => {
    expect(run({})).toEqual({ status: 0, said: expect.stringContaining('skipped: there is no display') });
  });
});
