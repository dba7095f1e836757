import { existsSync, lstatSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarEntry, type RawPath } from '@caisson/core';
import { DigestCache } from '../src/context/digest-cache.js';
import { compilePart, hasWildcard, unescapePattern } from '../src/copy/glob.js';
import { hashFiles } from '../src/context/hash-files.js';
import { writeLayer } from '../src/copy/write-layer.js';
import type { SourceFile, SourceTree } from '../src/source/source-tree.js';
import { buildDates, fixedTime } from '../src/dates.js';

describe('wildcards of COPY', () => {
  // Go's filepath.Match (path/filepath/match_test.go), for one part of a path.
  it.each([
    ['abc', 'abc', true], ['*', 'abc', true], ['*c', 'abc', true], ['a*', 'a', true], ['a*b*c*d*e*', 'axbxcxdxe', true], ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false], ['ab[c]', 'abc', true], ['ab[b-d]', 'abc', true], ['ab[e-g]', 'abc', false], ['ab[^c]', 'abc', false], ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true], ['a\\*b', 'ab', false], ['a?b', 'a☺b', true], ['a[^a]b', 'a☺b', true], ['[a-ζ]*', 'α', true], ['*[a-ζ]', 'A', false], ['a.b', 'axb', false], ['[\\]a]', ']', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(compilePart(pattern)(name)).toBe(expected);
  });

  it('tells patterns from names', () => {
    expect([hasWildcard('a/b'), hasWildcard('a/*'), hasWildcard('a\\*'), hasWildcard('a\\\\*'), hasWildcard('[x]')]).toEqual([false, true, false, true, true]);
    expect(unescapePattern('a\\*\\\\b')).toBe('a*\\b');
    expect(() => compilePart('[a')).toThrow('not closed');
  });
});

describe('long work on one file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-large-'));
    writeFileSync(join(folder, 'large'), '');
    truncateSync(join(folder, 'large'), 4 * 2 ** 30);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const soon = () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    return stop.signal;
  };

  it('can be stopped while it is hashed', async () => {
    const state = lstatSync(join(folder, 'large'));
    const file = { path: 'large' as RawPath, dev: state.dev, ino: state.ino, size: state.size, mtimeMs: state.mtimeMs, ctimeMs: state.ctimeMs, sha256: undefined };
    await expect(hashFiles([file], () => join(folder, 'large'), soon(), () => {})).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each([false, true])('can be stopped while it is put into a layer, which is not kept; sparse: %s', async (sparse) => {
    const file = { path: 'large', type: 'file', size: 4 * 2 ** 30 } as SourceFile;
    const tree = { digest: () => '\0'.repeat(32), content: () => ({ path: join(folder, 'large'), offset: 0, ...(sparse ? { sparse: [] } : {}) }) } as unknown as SourceTree;
    const adopted: string[] = [];
    const sink = { stagingPath: () => join(folder, 'staged'), adopt: (path: string) => Promise.resolve(void adopted.push(path)) };
    await expect(writeLayer([{ entry: tarEntry({ path: 'large', type: 'file', size: file.size }), from: { tree, file } }], sink, soon())).rejects.toMatchObject({ code: 'cancelled' });
    expect([adopted, existsSync(join(folder, 'staged'))]).toEqual([[], false]);
  });
});

describe('digests of context files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-digests-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const digest = (letter: string) => letter.repeat(32);

  it('hold while a file is as it was, and not after any change', () => {
    const path = join(folder, 'cache');
    writeFileSync(join(folder, 'f'), 'one');
    utimesSync(join(folder, 'f'), 1000, 1000);
    const state = lstatSync(join(folder, 'f'));
    const cache = DigestCache.load(path);
    expect(cache.get(state)).toBeUndefined();
    cache.put(state, digest('a'), Date.now() + 10_000);
    cache.save();
    expect(DigestCache.load(path).get(state)).toBe(digest('a'));
    writeFileSync(join(folder, 'f'), 'two');
    utimesSync(join(folder, 'f'), 1000, 1000);
    // Size and modification time are the same again; the change time is not.
    expect(DigestCache.load(path).get(lstatSync(join(folder, 'f')))).toBeUndefined();
  });

  it('are not kept of files that have just changed', () => {
    const path = join(folder, 'racy');
    writeFileSync(join(folder, 'g'), 'one');
    const state = lstatSync(join(folder, 'g'));
    const cache = DigestCache.load(path);
    cache.put(state, digest('b'), Date.now());
    cache.save();
    expect(DigestCache.load(path).get(state)).toBeUndefined();
  });

  it('are found in any order, and kept for files that were not asked for', () => {
    const path = join(folder, 'order');
    const files = Array.from({ length: 50 }, (_, ino) => ({ dev: 1, ino, size: ino, mtimeMs: 1, ctimeMs: 1.5 }));
    const cache = DigestCache.load(path);
    for (const file of files) cache.put(file, String.fromCharCode(file.ino + 128).repeat(32), 10_000);
    cache.save();
    const again = DigestCache.load(path);
    for (const file of files.toReversed().slice(0, 10)) expect(again.get(file)).toBe(String.fromCharCode(file.ino + 128).repeat(32));
    again.put({ dev: 1, ino: 99, size: 0, mtimeMs: 1, ctimeMs: 1 }, digest('c'), 10_000);
    again.save();
    const last = DigestCache.load(path);
    for (const file of files) expect(last.get(file)).toBe(String.fromCharCode(file.ino + 128).repeat(32));
  });

  it('are none where the file is damaged', () => {
    writeFileSync(join(folder, 'damaged'), 'caisson-digests1 and then something else');
    expect(DigestCache.load(join(folder, 'damaged')).get({ dev: 1, ino: 1, size: 1, mtimeMs: 1, ctimeMs: 1 })).toBeUndefined();
  });
});

describe('dates', () => {
  const context = { kind: 'none' } as const;
  it('are fixed unless SOURCE_DATE_EPOCH says otherwise', () => {
    expect(buildDates({ context })).toEqual({ files: fixedTime, latest: undefined, created: '1980-01-02T00:00:00Z' });
    expect(buildDates({ context, buildArgs: { SOURCE_DATE_EPOCH: '1700000000' } })).toEqual({ files: 1_700_000_000, latest: 1_700_000_000, created: '2023-11-14T22:13:20Z' });
    expect(() => buildDates({ context, buildArgs: { SOURCE_DATE_EPOCH: 'now' } })).toThrow('no number of seconds');
  });
});
