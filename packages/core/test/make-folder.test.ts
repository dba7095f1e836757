import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../src/index.js';

describe('makeFolder', () => {
  const root = mkdtempSync(join(tmpdir(), 'caisson-folder-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('makes what is missing, with its mode, and leaves what is there', () => {
    makeFolder(join(root, 'a/b/c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, path)).isDirectory()).toBe(true);
    if (process.platform !== 'win32') {
      expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700);
      chmodSync(join(root, 'a'), 0o750);
      makeFolder(join(root, 'a'), 0o700);
      expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o750);
    }
    makeFolder(root);
    makeFolder('/');
  });

  it('goes through links to folders', () => {
    mkdirSync(join(root, 'real'));
    symlinkSync(join(root, 'real'), join(root, 'link'), 'junction');
    makeFolder(join(root, 'link'));
    makeFolder(join(root, 'link/below'));
    expect(existsSync(join(root, 'real/below'))).toBe(true);
  });

  it('names the file that is in the way', () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of ['file', 'file/a', 'file/a/b']) expect(() => makeFolder(join(root, path))).toThrow(expect.objectContaining({ code: 'invalid-argument', message: `${join(root, 'file')} is a file, and no folder` }));
  });

  it.runIf(process.platform === 'linux')('comes back where the kernel takes no folders (needs /proc)', () => {
    expect(() => makeFolder('/proc/caisson/a')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
