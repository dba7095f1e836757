import { spawnSync } from 'node:child_process';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './e2e/support.js';

const root = new URL('..', import.meta.url).pathname;

/** The code blocks in TypeScript of a README. */
function examples(path: string): string[] {
  return [...readFileSync(`${root}${path}`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
}

describe.skipIf(!isRoot)("the README's example", () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('runs as it stands', () => {
    const [code = ''] = examples('README.md');
    // In the packages' own folder, where `caisson` is found as an installed package would be.
    mkdirSync(`${root}.cache/readme`, { recursive: true });
    const file = `${root}.cache/readme/example.mts`;
    writeFileSync(file, code);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--experimental-strip-types', '--no-warnings', file], { encoding: 'utf8', env: box.env });
    expect(stderr).toBe('');
    expect(stdout).toBe('hello\nexit code 0\n');
    expect(status).toBe(0);
  });
});
