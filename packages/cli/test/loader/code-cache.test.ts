import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeFolder } from '../../src/loader/folder.js';
import { commandLabel } from '../../src/loader/words.js';

const source = new URL('../../src/loader/code-cache.ts', import.meta.url).href;
let root: string;
let dist: string;
let kept: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'caisson-code-'));
  dist = join(root, 'dist');
  kept = join(root, 'kept');
  mkdirSync(dist);
  writeFileSync(join(dist, 'one.cjs'), "const two = require('./two.cjs'); exports.tell = () => [two.value(), require('node:path').basename(__filename), require('./two.cjs') === two].join();");
  writeFileSync(join(dist, 'two.cjs'), 'exports.value = () => 41;');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs the files in a process of its own, since V8 remembers within one what it has compiled; what they told, and how many were compiled anew. */
function run(): [told: string, anew: number] {
  const script = `const [source, dist, kept] = process.argv.slice(1); import(source).then(({ CodeCache }) => { const code = new CodeCache(dist, kept, require); console.log(code.load('one.cjs').tell()); console.log(code.save()); })`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script, source, dist, kept], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const [told = '', anew] = stdout.split('\n');
  return [told, Number(anew)];
}

const told = '41,one.cjs,true';
const keptFiles = () => readdirSync(kept).map((name) => join(kept, name));

describe('compiled code', () => {
  it('is kept by the first run, and used by the next', () => {
    expect(run()).toEqual([told, 2]);
    expect(run()).toEqual([told, 0]);
    expect(keptFiles().map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it('is made anew for a file that has changed, even where its length has not; the old is removed', () => {
    run();
    writeFileSync(join(dist, 'two.cjs'), 'exports.value = () => 43;');
    expect(run()).toEqual(['43,one.cjs,true', 1]);
    expect(run()).toEqual(['43,one.cjs,true', 0]);
    expect(keptFiles()).toHaveLength(2);
  });

  it('is not taken from what is no code', () => {
    run();
    for (const path of keptFiles()) writeFileSync(path, 'nothing of the kind');
    expect(run()).toEqual([told, 2]);
    expect(run()).toEqual([told, 0]);
    for (const path of keptFiles()) writeFileSync(path, '');
    expect(run()).toEqual([told, 2]);
  });

  it('is not taken from a file that others can write to, nor through a link', () => {
    run();
    const [first = '', second = ''] = keptFiles();
    chmodSync(first, 0o666);
    renameSync(second, join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), second);
    expect(run()).toEqual([told, 2]);
    expect(lstatSync(second).isFile()).toBe(true);
  });

  it.skipIf(process.getuid?.() !== 0)("is not taken from another user's file (needs root to make one)", () => {
    run();
    for (const path of keptFiles()) chownSync(path, 65534, 65534);
    expect(run()).toEqual([told, 2]);
  });

  it('is done without where nothing can be written', () => {
    writeFileSync(kept, 'a file where the folder would be');
    expect(run()).toEqual([told, 0]);
  });
});

describe('the folder of compiled code', () => {
  const withCaches = (caches: string, dist = '/opt/caisson/dist') => {
    vi.stubEnv('XDG_CACHE_HOME', caches);
    return codeFolder(dist, 'ps');
  };
  afterEach(() => vi.unstubAllEnvs());

  it('is made below the folder for caches, one for each installation', () => {
    const caches = join(root, 'caches');
    const folder = withCaches(caches) ?? '';
    expect(folder.startsWith(join(caches, 'caisson/code/'))).toBe(true);
    expect(withCaches(caches)).toBe(folder);
    expect(withCaches(caches, '/elsewhere/dist')).not.toBe(folder);
    expect(readdirSync(join(caches, 'caisson/code'))).toHaveLength(2);
  });

  it('goes when it has not been written to for a month and another is made', () => {
    const caches = join(root, 'caches');
    const old = dirname(withCaches(caches) ?? '');
    utimesSync(old, new Date('2020-01-01'), new Date('2020-01-01'));
    withCaches(caches, '/elsewhere/dist');
    expect(existsSync(old)).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0 || process.seteuid === undefined)('is none where the user may not look (needs root, and a process of its own)', () => {
    const caches = join(root, 'caches');
    withCaches(caches);
    chmodSync(caches, 0o700);
    process.seteuid?.(65534);
    try {
      expect(withCaches(caches)).toBeUndefined();
    } finally {
      process.seteuid?.(0);
    }
  });

  it.skipIf(process.getuid?.() !== 0)("is none in another user's folder (needs root to make one)", () => {
    const caches = join(root, 'caches');
    mkdirSync(caches);
    chownSync(caches, 65534, 65534);
    expect(withCaches(caches)).toBeUndefined();
    expect(readdirSync(caches)).toEqual([]);
  });

  it('is none for what is no command', () => expect(codeFolder('/opt/caisson/dist', commandLabel(['--help']))).toBeUndefined());
});

describe('the name of a command', () => {
  it.each([
    [['ps', '-a'], 'ps'],
    [['--data-root', '/x', '-D', 'run', 'image', 'ls'], 'run'],
    [['-H', 'unix:///x', 'container', 'ls'], 'container-ls'],
    [['--data-root=/x', 'image'], 'image-'],
    [['--help'], 'none'],
    [[], 'none'],
    [['../../etc'], 'none'],
    [['container', '../x'], 'none'],
  ])('%j: %s', (words, label) => expect(commandLabel(words)).toBe(label));
});
