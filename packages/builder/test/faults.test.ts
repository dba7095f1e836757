import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256, TarWriter, tarEntry } from '@caisson/core';
import { archiveSource } from '../src/source/archive.js';
import { base, Harness, isRoot } from './support/harness.js';

describe('bad input', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.withBase({ runtime: false });
  });
  afterAll(() => harness?.[Symbol.dispose]());

  it.each([
    ['FROM scratch\nCOPPY a /\n', { code: 'invalid-content', range: { start: { line: 2 } } }],
    ['FROM scratch\nCOPY --from=nowhere:1 /a /\n', { message: expect.stringContaining('nowhere') as string }],
    ['FROM scratch\nCOPY a b /c\n', { code: 'invalid-content', range: { start: { line: 2 } } }],
    ['FROM scratch\nCOPY --chown=unknown a /\n', { code: 'invalid-argument', message: 'the user "unknown" is not in the image\'s /etc/passwd', range: { start: { line: 2 } } }],
    ['FROM scratch\nCOPY --chmod=9999 a /\n', { code: 'invalid-content', range: { start: { line: 2 } } }],
    ['FROM scratch\nCOPY dir /a\nCOPY a /a\nCOPY dir /a/a\n', { code: 'invalid-argument', message: expect.stringContaining('/a/a') as string, range: { start: { line: 4 } } }],
    ['FROM scratch\nCOPY [a /\n', { range: { start: { line: 2 } } }],
    ['FROM scratch\nRUN --security=insecure true\n', { code: 'denied', range: { start: { line: 2 } } }],
    ['FROM scratch\nRUN --network=host true\n', { code: 'denied', range: { start: { line: 2 } } }],
    ['FROM a AS b\nFROM b AS a\nCOPY --from=c x /\n', {}],
    ['', { code: 'invalid-content' }],
  ])('%j', async (dockerfile, expected) => {
    const context = harness.tree('ctx', { a: 'a', b: 'b', 'dir/x': 'x' });
    await expect(harness.build(dockerfile, context)).rejects.toMatchObject(expected);
    expect((await harness.images.list()).flatMap((image) => image.names)).toEqual([`localhost/busybox:1`]);
  });

  it('names the context that is not there, or no folder', async () => {
    await expect(harness.builder.build({ context: { kind: 'folder', path: harness.path('none') } })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('there is no') as string });
    await expect(harness.build('FROM scratch\nCOPY a /\n', harness.path('none'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(harness.build('FROM scratch\nCOPY a /\n')).rejects.toMatchObject({ code: 'invalid-argument', message: 'this build has no context to copy from' });
  });

  it('stops at links that go in a circle', async () => {
    const context = harness.tree('circle', {});
    symlinkSync('two', `${context}/one`);
    symlinkSync('one', `${context}/two`);
    await expect(harness.build('FROM scratch\nCOPY one/x /\n', context)).rejects.toMatchObject({ message: expect.stringContaining('circle') as string });
  });

  it('refuses an archive bomb, and leaves nothing of it', async () => {
    const pieces: Buffer[] = [];
    const tar = new TarWriter((piece) => pieces.push(Buffer.from(piece)));
    tar.begin(tarEntry({ path: 'zeros', type: 'file', mode: 0o644, size: 300 * 2 ** 30 }));
    tar.write(Buffer.alloc(2 ** 20));
    tar.finish();
    const context = harness.tree('bomb', { 'bomb.tar.gz': gzipSync(Buffer.concat(pieces)) });
    await expect(harness.build('FROM scratch\nADD bomb.tar.gz /\n', context)).rejects.toMatchObject({ code: 'limit-exceeded', range: { start: { line: 2 } } });
    expect(execFileSync('du', ['-sm', harness.path('scratch')], { encoding: 'utf8' })).toMatch(/^[01]\s/);
  });

  it('stops unpacking where an archive expands too much, and takes away what it has', async () => {
    const bomb = gzipSync(execFileSync('sh', ['-c', 'truncate -s 32M zeros && tar -c zeros'], { cwd: harness.tree('zeros', {}), maxBuffer: 2 ** 26 }));
    const scratch = harness.path('small-scratch');
    const unpacked = (limits: { ratioFloor: number }) => archiveSource('bomb.tar.gz', Readable.from([bomb]), scratch, new AbortController().signal, limits);
    await expect(unpacked({ ratioFloor: 2 ** 24 })).rejects.toMatchObject({ code: 'limit-exceeded', message: 'bomb.tar.gz cannot be unpacked: the layer expands more than 200-fold' });
    expect(readdirSync(scratch)).toEqual([]);
    // Without the limit it would have been unpacked.
    await unpacked({ ratioFloor: 2 ** 26 });
    expect(readdirSync(scratch)).toHaveLength(1);
  });

  it('refuses an archive whose holes expand too much, without going through them', async () => {
    const hole = (size: number) => {
      const pieces: Buffer[] = [];
      const tar = new TarWriter((piece) => pieces.push(Buffer.from(piece)));
      tar.add(tarEntry({ path: 'hole', type: 'file', mode: 0o644, size: 0 }));
      tar.finish();
      const archive = Buffer.concat(pieces);
      // GNU tar's sparse format: a map without pieces, and the size in base-256.
      archive.write('S', 156, 'latin1');
      archive.write('ustar  \0', 257, 'latin1');
      archive[483] = 0x80;
      archive.writeBigUInt64BE(BigInt(size), 487);
      archive.fill(' ', 148, 156);
      archive.write(`${archive.subarray(0, 512).reduce((sum, byte) => sum + byte).toString(8).padStart(6, '0')}\0`, 148, 'latin1');
      return archive;
    };
    const context = harness.tree('holes', { 'small.tar': hole(3 * 2 ** 20), 'bomb.tar': hole(200 * 2 ** 30), 'bomb.tar.gz': gzipSync(hole(200 * 2 ** 30)) });
    for (const name of ['bomb.tar', 'bomb.tar.gz'])
      await expect(harness.build(`FROM scratch\nADD ${name} /\n`, context)).rejects.toMatchObject({
        code: 'limit-exceeded',
        message: `${name} cannot be unpacked: the layer expands more than 200-fold`,
        hint: 'if you trust it, unpack it before the build, and COPY what it holds',
        range: { start: { line: 2 } },
      });
    const built = await harness.build('FROM scratch\nADD small.tar /\n', context);
    expect(await harness.files(built)).toEqual([`hole file 644 0:0 ${sha256(Buffer.alloc(3 * 2 ** 20)).slice(7, 19)}`]);
  });

  it('uses an image of an OCI layout as a base', async () => {
    const context = harness.tree('layout', { a: 'a' });
    await harness.build('FROM scratch\nCOPY a /a\n', context, { cacheTo: [{ type: 'local', path: harness.path('oci') }], outputs: [{ type: 'oci', destination: harness.path('oci.tar') }] });
    mkdirSync(harness.path('layout-folder'));
    execFileSync('tar', ['-C', harness.path('layout-folder'), '-xf', harness.path('oci.tar')]);
    const built = await harness.build('FROM other\nCOPY --from=other /a /b\n', context, { namedContexts: { other: `oci-layout://${harness.path('layout-folder')}` } });
    expect(await harness.layers(built, 0)).toEqual([['a file 644 0:0'], ['b file 644 0:0']]);
  });
});

describe.runIf(isRoot)('a full disk', () => {
  it('is said, and the next build works', async () => {
    using harness = await Harness.withBase({ runtime: false });
    const context = harness.tree('ctx', { big: Buffer.alloc(20 * 2 ** 20, 1), small: 's' });
    const full = new Harness({ runtime: false });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', full.path('data')]);
    try {
      mkdirSync(full.path('data/content/blobs/sha256'), { recursive: true });
      mkdirSync(full.path('data/content/ingest'), { recursive: true });
      await expect(full.build('FROM scratch\nCOPY big /\n', context)).rejects.toMatchObject({ code: 'no-space' });
      expect(await full.images.list()).toEqual([]);
      const built = await full.build('FROM scratch\nCOPY small /\n', context);
      expect(await full.text(built, 'small')).toBe('s');
    } finally {
      execFileSync('umount', ['-l', full.path('data')]);
      full[Symbol.dispose]();
    }
  });
});

describe.runIf(isRoot)('RUN that goes wrong', () => {
  it('cannot lead the clean-up of mount points out of its root', async () => {
    using harness = await Harness.withBase();
    writeFileSync(harness.path('victim'), '');
    await harness.build(`FROM ${base}\nRUN --mount=type=tmpfs,target=/x/y rm -rf /x; mv /x /z; ln -s ${harness.folder} /x2 || true\n`).catch(() => undefined);
    expect(execFileSync('ls', [harness.folder], { encoding: 'utf8' })).toContain('victim');
  });

  it('is ended when its build was killed, by the next one', async () => {
    using harness = await Harness.withBase();
    const first = await harness.build(`FROM ${base}\nRUN echo > /x\n`);
    const { runtime, snapshotter } = await harness.host.execution();
    const [committed] = await Array.fromAsync(snapshotter.list());
    const id = 'build-4194303-1-left';
    const rootfs = await snapshotter.prepare(id, committed?.name as `sha256:${string}`);
    const spec = { id, rootfs, mounts: [], resources: {}, security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' }, process: { args: ['/bin/sh', '-c', 'echo up; exec sleep 60'], env: [], cwd: '/', user: '', terminal: false, stdin: false } };
    await using process = await runtime.run(spec, { stdio: 'pipe' });
    const ended = process.wait();
    for await (const chunk of process.stdout ?? []) if (String(chunk).includes('up')) break;
    await harness.build(`FROM ${base}\nRUN echo > /y\n`);
    expect((await ended).code).toBe(137);
    expect(await snapshotter.stat(id)).toBeUndefined();
    expect(first.steps.total).toBe(2);
  });

  it('leaves nothing for ever when its build is killed', async () => {
    using harness = await Harness.withBase();
    const left = 'build-4194303-1-x';
    await harness.snapshotter?.prepare(left, undefined);
    mkdirSync(harness.path('scratch', left));
    await harness.build(`FROM ${base}\nRUN true\n`);
    expect(await harness.snapshotter?.stat(left)).toBeUndefined();
    expect(execFileSync('ls', [harness.path('scratch')], { encoding: 'utf8' })).toBe('');
  });

  it('for another platform says what it needs', async () => {
    using harness = await Harness.withBase();
    await harness.importImage('localhost/foreign:1', execFileSync('tar', ['-C', harness.tree('foreign', { f: '' }), '-cf', '-', '.']), {}, { os: 'linux', architecture: 's390x' });
    await expect(harness.build('FROM localhost/foreign:1\nRUN true\n', undefined, { platforms: [{ os: 'linux', architecture: 's390x' }] })).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('qemu') as string });
    const copied = await harness.build('FROM localhost/foreign:1\nCOPY <<EOF /x\nhello\nEOF\n', undefined, { platforms: [{ os: 'linux', architecture: 's390x' }] });
    expect(copied.images[0]?.config.architecture).toBe('s390x');
  });
});
