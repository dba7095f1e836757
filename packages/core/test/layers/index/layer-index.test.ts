import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkLayer, decodeLayerIndex, encodeLayerIndex, indexLayer, type LayerIndex, sha256 } from '../../../src/index.js';
import { collect, indexOf, sparseTar, tar } from '../helpers.js';

const archive = tar([
  { path: './', type: 'directory' },
  { path: '/etc//./passwd', content: 'root', uid: 4_000_000_000, mtime: -5, mtimeNs: 7 },
  { path: 'etc/.wh.shadow', mode: 0 },
  { path: 'var/.wh..wh..opq', mode: 0 },
  { path: '.wh..wh.plnk/12.34' },
  { path: 'hard', type: 'hardlink', linkname: './etc/passwd' },
  { path: 'soft', type: 'symlink', linkname: '../up' },
  { path: '\xff', content: Buffer.alloc(10_000, 1), xattrs: new Map([['user.x', Buffer.from([0, 255])]]) },
]);

describe('LayerIndex', () => {
  it('says what each entry stands for', () => {
    expect([...indexOf(archive)].map(({ type, path, linkname }) => [type, path, linkname])).toEqual([
      ['directory', '', ''],
      ['file', 'etc/passwd', ''],
      ['whiteout', 'etc/shadow', ''],
      ['opaque', 'var', ''],
      ['hardlink', 'hard', 'etc/passwd'],
      ['symlink', 'soft', '../up'],
      ['file', '\xff', ''],
    ]);
  });

  it('comes back from its stored form', async () => {
    const index = await indexLayer([archive], 'none', { contentDigests: true });
    const stored = decodeLayerIndex(encodeLayerIndex(index));
    expect(stored.diffId).toBe(sha256(archive));
    expect(stored.size).toBe(archive.length);
    expect([...stored]).toEqual([...index]);
    const passwd = stored.entry(1);
    expect(passwd).toMatchObject({ uid: 4_000_000_000, mtime: -5, mtimeNs: 7, digest: sha256('root') });
    expect(archive.toString('latin1', passwd.offset, passwd.offset + passwd.size)).toBe('root');
    const empty = indexOf(tar([]));
    expect([...decodeLayerIndex(encodeLayerIndex(empty))]).toEqual([]);
  });

  it('hashes the holes of sparse files, and stops at that when it is told to', async () => {
    const size = 100 * 2 ** 20;
    const zeros = createHash('sha256').update(Buffer.alloc(size)).digest('hex');
    const index = await indexLayer([sparseTar(size)], 'none', { contentDigests: true });
    expect(index.entry(0)).toMatchObject({ size, digest: `sha256:${zeros}` });
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await expect(indexLayer([sparseTar(200 * 2 ** 30)], 'none', { contentDigests: true, signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is not made from what is no index', () => {
    const stored = encodeLayerIndex(indexOf(archive));
    for (const bad of [Buffer.alloc(0), Buffer.from('CAIX'), stored.subarray(0, -9), Buffer.concat([Buffer.from('X'), stored.subarray(1)])]) {
      expect(() => decodeLayerIndex(bad)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    }
  });

  it.each(['..', 'a/../b', '/../etc', 'a/..', '.wh..', '.wh...', '.wh.', 'd/.wh...'])('refuses the name %s', (path) => {
    expect(() => indexOf(tar([{ path }]))).toThrow(expect.objectContaining({ code: 'invalid-content' }));
  });

  it('refuses hard links that lead upwards, and a root that is no folder', () => {
    expect(() => indexOf(tar([{ path: 'h', type: 'hardlink', linkname: '../../etc/passwd' }]))).toThrow('leads upwards');
    expect(() => indexOf(tar([{ path: './', type: 'symlink', linkname: '/etc' }]))).toThrow('replaces its root');
  });

  it('is told by a check that hands the bytes through', async () => {
    let index: LayerIndex | undefined;
    const out = await collect(checkLayer([archive.subarray(0, 700), archive.subarray(700)], { onIndex: (made) => (index = made) }));
    expect(out.equals(archive)).toBe(true);
    expect(index?.length).toBe(7);
    await expect(collect(checkLayer([archive.subarray(0, 1600)]))).rejects.toMatchObject({ code: 'invalid-content' });
  });
});
