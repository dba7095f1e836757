import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { isIndex, parseManifest, parseReference, type Index, type Manifest } from '@caisson/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base, Harness, has, isRoot } from './support/harness.js';

describe('outputs', () => {
  let harness: Harness;
  let context: string;
  const dockerfile = 'FROM scratch\nCOPY --chmod=750 a /bin/a\nCOPY link /l\nENV X=1\n';
  beforeAll(() => {
    harness = new Harness({ runtime: false });
    context = harness.tree('ctx', { a: 'content', 'link/real': 'r' });
    symlinkSync('real', `${context}/link/sym`);
  });
  afterAll(() => harness?.[Symbol.dispose]());

  it('writes the root file system as a tar, whole or not at all', async () => {
    await harness.build(dockerfile, context, { outputs: [{ type: 'tar', destination: harness.path('root.tar') }] });
    expect(execFileSync('tar', ['-tvf', harness.path('root.tar')], { encoding: 'utf8' })).toMatch(/drwxr-xr-x 0\/0 .* bin\/\n-rwxr-x--- 0\/0 +7 .* bin\/a\n.* l\/\n.* l\/real\n.* l\/sym -> real\n/);
    expect(await harness.images.list()).toEqual([]);
  });

  it('writes into a folder, follows no link that is there, and deletes the rest when asked', async () => {
    const target = harness.path('local');
    mkdirSync(target);
    mkdirSync(harness.path('elsewhere'));
    symlinkSync(harness.path('elsewhere'), `${target}/bin`);
    writeFileSync(`${target}/old`, '');
    await harness.build(dockerfile, context, { outputs: [{ type: 'local', destination: target }] });
    expect(readdirSync(target).sort()).toEqual(['bin', 'l', 'old']);
    expect(readdirSync(harness.path('elsewhere'))).toEqual([]);
    expect(readFileSync(`${target}/bin/a`, 'utf8')).toBe('content');
    expect(lstatSync(`${target}/bin/a`).mode & 0o777).toBe(0o750);
    await harness.build(dockerfile, context, { outputs: [{ type: 'local', destination: target, mode: 'delete' }] });
    expect(existsSync(`${target}/old`)).toBe(false);
  });

  it.runIf(has('skopeo'))('writes archives that skopeo reads, in each compression', async () => {
    for (const type of ['uncompressed', 'gzip', 'zstd'] as const) {
      const destination = harness.path(`${type}.tar`);
      const built = await harness.build(dockerfile, context, { tags: [parseReference('localhost/out:1')], outputs: [{ type: 'oci', destination, compression: { type } }] });
      const seen = JSON.parse(execFileSync('skopeo', ['inspect', '--raw', `oci-archive:${destination}`], { encoding: 'utf8' })) as Manifest;
      expect(seen.config.digest).toBe(built.imageId);
      expect(seen.layers[0]?.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar${type === 'uncompressed' ? '' : `+${type}`}`);
    }
    expect(execFileSync('skopeo', ['inspect', '--config', `docker-archive:${harness.path('gzip.tar')}`], { encoding: 'utf8' })).toContain('X=1');
  });

  it('joins the layers of a build into one', async () => {
    await harness.importImage(base, tarOf(harness, { 'keep/f': '1', 'gone/f': '2' }), {});
    const built = await harness.build(`FROM ${base}\nCOPY a /one\nCOPY a /two\nCOPY link/real /one\n`, context, { squash: true });
    expect(await harness.layers(built)).toEqual([['one file 644 0:0', 'two file 644 0:0']]);
    expect(await harness.text(built, 'one')).toBe('r');
    const history = built.images[0]?.config.history ?? [];
    expect(history.filter((entry) => !entry.empty_layer)).toHaveLength(1);
  });

  it('attests what it was built from and what is in it', async () => {
    const folder = harness.tree('sbom', { 'node_modules/left-pad/package.json': '{"name":"left-pad","version":"1.3.0"}', status: 'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n' });
    const built = await harness.build('FROM scratch\nCOPY node_modules /app/node_modules\nCOPY status /var/lib/dpkg/status\n', folder, { sbom: true, provenance: 'min', tags: [parseReference('localhost/sbom:1')] });
    const index = parseManifest(await harness.content.read(built.root.digest)) as Index;
    expect(isIndex(index)).toBe(true);
    const [image, attestation] = index.manifests;
    expect(attestation?.annotations).toEqual({ 'vnd.docker.reference.digest': image?.digest, 'vnd.docker.reference.type': 'attestation-manifest' });
    const manifest = parseManifest(await harness.content.read(attestation?.digest ?? built.root.digest)) as Manifest;
    const statements = await Promise.all(manifest.layers.map(async ({ digest }) => JSON.parse(Buffer.from(await harness.content.read(digest)).toString()) as { predicateType: string; predicate: { packages?: { externalRefs: { referenceLocator: string }[] }[]; buildDefinition?: { externalParameters: unknown } } }));
    expect(statements.map((statement) => statement.predicateType)).toEqual(['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1']);
    expect(statements[0]?.predicate.packages?.map((found) => found.externalRefs[0]?.referenceLocator)).toEqual(['pkg:deb/debian/libc6@2.36-9?arch=amd64', 'pkg:npm/left-pad@1.3.0']);
    expect((await harness.images.get(parseReference('localhost/sbom:1')))?.target.digest).toBe(built.root.digest);
    const again = await harness.build('FROM scratch\nCOPY node_modules /app/node_modules\nCOPY status /var/lib/dpkg/status\n', folder, { sbom: true, provenance: 'min', tags: [parseReference('localhost/sbom:1')] });
    expect(again.root).toEqual(built.root);
  });
});

describe('cache of another builder', () => {
  it('goes through a folder, min and max, and inline', async () => {
    using one = new Harness({ runtime: false });
    using two = new Harness({ runtime: false });
    using three = new Harness({ runtime: false });
    const dockerfile = 'FROM scratch AS tool\nCOPY a /a\nWORKDIR /w\nFROM scratch\nCOPY --from=tool /a /b\nCOPY b /c\n';
    const files = { a: 'a', b: 'b' };
    const first = await one.build(dockerfile, one.tree('ctx', files), { cacheTo: [{ type: 'local', path: one.path('max'), mode: 'max' }, { type: 'local', path: one.path('min') }] });
    const second = await two.build(dockerfile, two.tree('ctx', files), { cacheFrom: [{ type: 'local', path: one.path('max') }] });
    expect(second.steps).toEqual({ total: 6, cached: 6 });
    expect(second.root).toEqual(first.root);
    const third = await three.build(dockerfile, three.tree('ctx', files), { cacheFrom: [{ type: 'local', path: one.path('min') }, { type: 'local', path: three.path('none') }] });
    expect(third.decisions['tool/2']).toMatch(/^miss/);
    expect([third.decisions['stage-1/2'], third.decisions['stage-1/3']]).toEqual(['hit', 'hit']);
    expect(third.events).toContainEqual({ type: 'warning', message: expect.stringContaining('cannot be used: there is no OCI layout') as string });
  });

  it('refuses a layer that is not what its record says', async () => {
    using one = new Harness({ runtime: false });
    using two = new Harness({ runtime: false });
    await one.build('FROM scratch\nCOPY a /a\n', one.tree('ctx', { a: 'a' }), { cacheTo: [{ type: 'local', path: one.path('cache') }] });
    const blobs = one.path('cache/blobs/sha256');
    for (const name of readdirSync(blobs)) {
      const bytes = readFileSync(`${blobs}/${name}`);
      if (bytes[0] !== 0x7b) writeFileSync(`${blobs}/${name}`, execFileSync('gzip', ['-c'], { input: Buffer.alloc(1024) }));
    }
    const built = await two.build('FROM scratch\nCOPY a /a\n', two.tree('ctx', { a: 'a' }), { cacheFrom: [{ type: 'local', path: one.path('cache') }] });
    expect(built.decisions['stage/2']).toMatch(/^miss/);
    expect(await two.text(built, 'a')).toBe('a');
  });

  it.runIf(isRoot)('saves a RUN its being run', async () => {
    using one = await Harness.withBase();
    using two = await Harness.withBase();
    const dockerfile = `FROM ${base}\nRUN head -c 16 /dev/urandom > /random\nRUN true\n`;
    const first = await one.build(dockerfile, undefined, { cacheTo: [{ type: 'local', path: one.path('cache') }] });
    const second = await two.build(dockerfile, undefined, { cacheFrom: [{ type: 'local', path: one.path('cache') }] });
    expect(second.root).toEqual(first.root);
    expect(second.steps.cached).toBe(3);
  });
});

function tarOf(harness: Harness, files: Record<string, string>): Buffer {
  return execFileSync('tar', ['-C', harness.tree(`tar-${Math.random()}`, files), '--owner=0', '--group=0', '-cf', '-', '.']);
}
