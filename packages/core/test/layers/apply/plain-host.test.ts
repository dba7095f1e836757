import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyLayer } from '../../../src/layers/index.js';
import { type Item, tar, temporary } from '../helpers.js';
import { syscalls } from '../syscalls.js';

const items: readonly Item[] = [
  { path: 'closed', type: 'directory', mode: 0o500, mtime: 1000 },
  { path: 'closed/none', type: 'directory', mode: 0, mtime: 2000 },
  { path: 'closed/none/file', content: 'x', mode: 0o400, mtime: 3000, uid: 5, gid: 6 },
  { path: 'closed/none/name', type: 'hardlink', linkname: 'closed/none/file' },
  { path: 'pipe', type: 'fifo', mode: 0o620, mtime: 4000 },
  { path: '\xff-pipe', type: 'fifo', mode: 0o600 },
  { path: 'early', mtime: -5, xattrs: new Map([['user.x', Buffer.from('x')]]) },
];

describe.each([['with', { syscalls }], ['without', {}]] as const)('applyLayer %s the system calls that Node lacks', (kind, options) => {
  it('unpacks as any user, and says what it leaves out', async () => {
    const target = temporary();
    const skipped: string[] = [];
    await applyLayer([tar(items)], 'none', target, { mode: 'merge', owners: false, ...options, onSkipped: (path, why) => skipped.push(`${path}: ${why}`) });
    expect(readdirSync(target, { encoding: 'latin1' }).sort()).toEqual(['closed', 'early', 'pipe', '\xff-pipe']);
    const stat = (path: string): unknown[] => [lstatSync(join(target, path)).mode & 0o7777, lstatSync(join(target, path)).mtimeMs / 1000];
    expect(stat('closed')).toEqual([0o500, 1000]);
    expect(stat('closed/none')).toEqual([0, 2000]);
    expect(stat('pipe')).toEqual([0o620, 4000]);
    expect(stat('early')).toEqual([0o644, -5]);
    expect(skipped).toEqual(kind === 'with' ? [] : ['early: the xattr user.x cannot be set here']);
    const { uid, gid } = lstatSync(join(target, 'early'));
    expect([uid, gid]).toEqual([process.geteuid?.(), process.getegid?.()]);
    for (const folder of ['closed', 'closed/none']) chmodSync(join(target, folder), 0o700);
  });

  it('makes whiteouts by the hook where devices may not be made', async () => {
    const target = temporary();
    const made: string[] = [];
    await applyLayer([tar([{ path: 'd', type: 'directory' }, { path: 'd/.wh.f' }, { path: 'd/g', content: 'g' }])], 'none', target, {
      mode: 'overlay',
      ...options,
      makeWhiteout: (path) => made.push(path.toString().replace(/^.*\/fd\/[0-9]+\//, '')),
    });
    expect(made).toEqual(['f']);
    expect(readFileSync(join(target, 'd', 'g'), 'utf8')).toBe('g');
  });

  it('takes a folder that is not there for a mistake of the caller', async () => {
    const missing = join(temporary(), 'missing');
    await expect(applyLayer([tar(items)], 'none', missing, { mode: 'merge' })).rejects.toMatchObject({ code: 'not-found' });
    mkdirSync(missing);
    await expect(applyLayer([tar([])], 'none', missing, { mode: 'merge', signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
