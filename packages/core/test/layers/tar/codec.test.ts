import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, closeSync, ftruncateSync, readFileSync, writeFileSync, writeSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rawPath, tarEntry, TarReader, TarWriter } from '../../../src/layers/index.js';
import { formatPaxTime, parsePaxTime } from '../../../src/layers/tar/numbers.js';
import { formatPax, parsePax } from '../../../src/layers/tar/pax.js';
import { fixChecksum, type Item, random, read, tar, temporary } from '../helpers.js';

const odd: readonly Item[] = [
  { path: 'dir', type: 'directory', mode: 0o1777 },
  { path: 'dir/setuid', mode: 0o4755, content: 'x' },
  { path: rawPath('dir/größe-日本'), content: 'utf-8' },
  { path: 'dir/\xff\xfe\x01 \n', content: 'bytes' },
  { path: `${'p'.repeat(60)}/${'q'.repeat(90)}`, content: 'prefix' },
  { path: `${'r'.repeat(160)}/${'s'.repeat(200)}`, content: 'pax path' },
  { path: '\xe9'.repeat(250), content: 'long bytes' },
  { path: 'd'.repeat(99), type: 'directory' },
  { path: 'd'.repeat(100), type: 'directory' },
  { path: 'owner', uid: 4294967294, gid: 3_000_000, content: '' },
  { path: 'time', mtime: 1_700_000_000, mtimeNs: 123_456_789 },
  { path: 'before', mtime: -2, mtimeNs: 500_000_000 },
  { path: 'far', mtime: 9_000_000_000 },
  { path: 'xattr', xattrs: new Map([['security.capability', Buffer.from([1, 0, 0, 2, 0xff, 10, 61])], ['user.a=b%c', Buffer.alloc(0)]]) },
  { path: 'link', type: 'symlink', linkname: '/abs/../\xff' },
  { path: 'longlink', type: 'symlink', linkname: 'l'.repeat(300) },
  { path: 'hard', type: 'hardlink', linkname: 'dir/setuid' },
  { path: 'null', type: 'char', devmajor: 1, devminor: 3 },
  { path: 'disk', type: 'block', devmajor: 259, devminor: 70000 },
  { path: 'pipe', type: 'fifo' },
  { path: 'block', content: Buffer.alloc(512, 1) },
  { path: 'large', content: Buffer.alloc(3_000_001, 'z') },
];

describe('TarWriter and TarReader', () => {
  it.each([undefined, 1000, 512, 511, 37])('give back what was written, fed in pieces of %s bytes', (step) => {
    const entries = read(tar(odd), step);
    expect(entries.map(({ entry }) => entry)).toEqual(odd.map(({ content, ...item }) => tarEntry({ type: 'file', ...item, size: content?.length ?? 0 })));
    expect(entries.filter(({ content }, i) => !content.equals(Buffer.from(odd[i]?.content ?? '')))).toEqual([]);
  });

  it('give equal bytes whatever the buffer size', () => {
    const write = (bufferSize: number): Buffer => {
      const parts: Buffer[] = [];
      const writer = new TarWriter((chunk) => parts.push(Buffer.from(chunk)), { bufferSize });
      for (const { content, ...item } of odd) writer.add(tarEntry({ type: 'file', ...item, size: content?.length ?? 0 }), Buffer.from(content ?? ''));
      writer.finish();
      return Buffer.concat(parts);
    };
    expect(write(512).equals(write(1 << 20))).toBe(true);
  });

  it('write what GNU tar reads', () => {
    const folder = temporary();
    const file = join(folder, 'a.tar');
    writeFileSync(file, tar(odd));
    const { stdout, status } = spawnSync('tar', ['-tf', file, '--quoting-style=literal', '--show-transformed-names'], { encoding: 'latin1' });
    expect(status).toBe(0);
    for (const { path } of odd) expect(stdout).toContain(path);
  });

  it.each(['ustar', 'gnu', 'oldgnu', 'pax', 'v7'])('read what GNU tar writes in the format %s', (format) => {
    const folder = temporary();
    mkdirSync(join(folder, 'tree', 'sub'), { recursive: true });
    const name = format === 'gnu' || format === 'oldgnu' || format === 'pax' ? 'n'.repeat(200) : 'n'.repeat(90);
    writeFileSync(join(folder, 'tree', 'sub', name), 'content');
    const { stdout, status } = spawnSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', 'tree'], { maxBuffer: 1 << 24 });
    expect(status).toBe(0);
    const entries = read(stdout);
    expect(entries.map(({ entry }) => [entry.path, entry.type])).toEqual([['tree', 'directory'], ['tree/sub', 'directory'], [`tree/sub/${name}`, 'file']]);
    expect(entries[2]?.content.toString()).toBe('content');
  });

  it.each([['gnu', []], ['pax', ['--sparse-version=0.0']], ['pax', ['--sparse-version=0.1']], ['pax', ['--sparse-version=1.0']]])(
    'read sparse files of GNU tar, %s %s',
    (format, flags) => {
      const folder = temporary();
      const fd = openSync(join(folder, 'sparse'), 'w');
      // More pieces than fit into one header, and a hole at the end.
      for (let i = 0; i < 40; i++) writeSync(fd, `piece ${i}`, i * 100_000);
      ftruncateSync(fd, 5_000_000);
      closeSync(fd);
      writeFileSync(join(folder, 'zz'), 'after');
      const { stdout, status } = spawnSync('tar', ['-C', folder, '--sparse', `--format=${format}`, ...flags, '-cf', '-', 'sparse', 'zz'], { maxBuffer: 1 << 26 });
      expect(status).toBe(0);
      expect(stdout.length).toBeLessThan(1_000_000);
      for (const step of [stdout.length, 700]) {
        const [sparse, after] = read(stdout, step);
        expect(sparse?.entry).toMatchObject({ path: 'sparse', size: 5_000_000 });
        expect(sparse?.content.equals(readFileSync(join(folder, 'sparse')))).toBe(true);
        expect(after?.content.toString()).toBe('after');
      }
    },
  );

  it('keep a file that changes while it is read out of the archive', () => {
    const file = join(temporary(), 'growing');
    writeFileSync(file, 'four');
    const writer = new TarWriter(() => {});
    const entry = tarEntry({ path: 'growing', type: 'file', size: 3 });
    expect(() => writer.addFile(entry, file)).toThrow(expect.objectContaining({ code: 'invalid-content', message: 'growing grew while it was being read' }));
    const shrunk = new TarWriter(() => {}, { bufferSize: 2048 });
    appendFileSync(file, Buffer.alloc(5000));
    expect(() => shrunk.addFile({ ...entry, size: 9000 }, file)).toThrow('growing shrank while it was being read');
  });
});

describe('TarReader', () => {
  const archive = tar([{ path: 'a', content: 'hello' }, { path: 'b'.repeat(120), content: 'x' }]);

  it.each([archive.length, 512, 100])('tells where each content lies, fed in pieces of %i bytes', (step) => {
    const found: string[] = [];
    let size = 0;
    const reader = new TarReader({
      entry(entry, offset) {
        size = entry.size;
        found.push(archive.toString('latin1', offset, offset + size));
      },
      data() {},
      hole() {},
      endEntry() {},
    });
    for (let at = 0; at < archive.length; at += step) reader.write(archive.subarray(at, at + step));
    reader.end();
    expect(found).toEqual(['hello', 'x']);
  });

  it.each([1, 300, 512, 513, 700, 1024, 1400, archive.length - 1025])('refuses an archive of the first %i bytes, or takes what is whole', (length) => {
    const cut = archive.subarray(0, length);
    const isWhole = length === 1024;
    if (isWhole) expect(read(cut).map(({ entry }) => entry.path)).toEqual(['a']);
    else expect(() => read(cut)).toThrow(expect.objectContaining({ code: 'invalid-content' }));
  });

  it('can insist on the end marker', () => {
    const cut = archive.subarray(0, archive.length - 1024);
    expect(read(cut)).toHaveLength(2);
    expect(() => read(cut, cut.length, { requireEnd: true })).toThrow('the archive is cut short');
  });

  it('refuses data after the end, and takes padding', () => {
    expect(read(Buffer.concat([archive, Buffer.alloc(8192)]))).toHaveLength(2);
    for (const junk of [Buffer.from('junk'.repeat(128)), archive]) {
      expect(() => read(Buffer.concat([archive, junk]))).toThrow('the archive has data after its end');
    }
    expect(() => read(Buffer.concat([archive.subarray(0, -512), archive]))).toThrow('the archive has data after its end');
  });

  it('refuses a damaged header', () => {
    const damaged = Buffer.from(archive);
    damaged[3] = 65;
    expect(() => read(damaged)).toThrow(expect.objectContaining({ code: 'invalid-content', message: expect.stringContaining('checksum') }));
  });

  it('keeps to its limits', () => {
    const limit = (name: string): unknown => expect.objectContaining({ code: 'limit-exceeded', details: { limit: name } });
    const many = tar(Array.from({ length: 11 }, (_, i) => ({ path: `f${i}` })));
    expect(() => read(many, many.length, { limits: { maxEntries: 10 } })).toThrow(limit('maxEntries'));
    expect(() => read(archive, 512, { limits: { maxBytes: 1000 } })).toThrow(limit('maxBytes'));
    const deep = tar([{ path: 'd/'.repeat(600) + 'f' }]);
    expect(() => read(deep)).toThrow(limit('maxDepth'));
    const long = tar([{ path: 'n'.repeat(5000) }]);
    expect(() => read(long)).toThrow(limit('maxPathBytes'));
    const heavy = tar([{ path: 'x', xattrs: new Map([['user.x', Buffer.alloc(2 ** 20)]]) }]);
    expect(() => read(heavy)).toThrow(limit('maxMetadataBytes'));
  });

  it('does not gather extended headers without end', () => {
    // A global header and another and another: each small, none followed by a file.
    const one = tar([{ path: 'p'.repeat(300) }]).subarray(0, 1024);
    one[156] = 'g'.charCodeAt(0);
    fixChecksum(one);
    const endless = Buffer.concat(Array.from({ length: 3000 }, () => one));
    expect(() => read(endless)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });

  it('refuses a size that only the header knows how to be so large', () => {
    const bomb = Buffer.from(tar([{ path: 'a' }]));
    // Base-256, 2^70.
    bomb.fill(0, 124, 136);
    bomb[124] = 0x80;
    bomb[127] = 0x40;
    fixChecksum(bomb);
    expect(() => read(bomb)).toThrow(expect.objectContaining({ code: 'invalid-content' }));
  });

  it('survives damage of any kind with an error or a result, never with anything else', () => {
    const next = random(7);
    const base = tar(odd.slice(0, 20));
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const copy = Buffer.from(base);
      for (let i = 0; i <= next() * 6; i++) copy[Math.floor(next() * copy.length)] = Math.floor(next() * 256);
      // Most damage breaks a checksum: mend them, so that what is behind is reached too.
      if (next() < 0.7) for (let at = 0; at + 512 <= copy.length; at += 512) if (copy.toString('latin1', at + 257, at + 262) === 'ustar') fixChecksum(copy.subarray(at));
      const cut = next() < 0.2 ? copy.subarray(0, Math.floor(next() * copy.length)) : copy;
      try {
        read(cut, 1 + Math.floor(next() * 2000));
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ name: 'CaissonError', code: expect.stringMatching(/^(?:invalid-content|limit-exceeded)$/) });
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe('PAX', () => {
  it.each([[0, 0, '0'], [1, 500_000_000, '1.5'], [-2, 500_000_000, '-1.5'], [-1, 1, '-0.999999999'], [-3, 0, '-3'], [1_700_000_000, 1, '1700000000.000000001']])(
    'writes the time %i + %i ns as %s',
    (seconds, ns, text) => {
      expect(formatPaxTime(seconds, ns)).toBe(text);
      expect(parsePaxTime(text)).toEqual({ seconds, ns });
    },
  );

  it('counts the digits of a record that grows by them', () => {
    for (let size = 80; size < 110; size++) {
      const value = 'v'.repeat(size);
      const [record] = parsePax(formatPax(new Map([['path', value]])));
      expect(record?.[1].toString()).toBe(value);
    }
  });

  it.each(['x', '5', '99999999999999 a=b\n', '6 a=b\n\n', '3 =\n', '6 abcd\n', '-6 a=b\n', '7 a=b\nx'])('refuses %j', (text) => {
    expect(() => parsePax(Buffer.from(text))).toThrow('malformed PAX header');
  });
});
