import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

interface Document {
  readonly mediaType: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
  readonly manifests: readonly { readonly digest: string; readonly platform?: { readonly architecture: string }; readonly annotations?: Readonly<Record<string, string>> }[];
  readonly annotations?: Readonly<Record<string, string>>;
}

const skopeo = (...args: string[]) => execFileSync('skopeo', args, { encoding: 'utf8' });
const raw = (name: string) => JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${name}`)) as Document;

describe('results and caches that go through a registry', () => {
  let box: Sandbox;
  let registry: string;
  let base: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
    base = `${registry}/base:1`;
    box.ok('tag', 'localhost/busybox:1', base);
    box.ok('push', '-q', base);
  });
  afterAll(() => box?.dispose());

  /** What became of each step on a machine that has nothing: `COPY a /a`: hit or miss. */
  function elsewhere(folder: string, ...args: string[]): Record<string, string> {
    const other = new Sandbox();
    try {
      const { stderr, code } = other.run(['build', '--progress', 'rawjson', ...args, folder]);
      expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
      const events = stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { type: string; step?: string | { id: string; title: string } });
      const titles = new Map(events.flatMap(({ type, step }) => (type === 'started' && typeof step === 'object' ? [[step.id, step.title.replace(/^\[.*?\] /, '')]] : [])));
      return Object.fromEntries(events.flatMap(({ type, step }) => (type === 'hit' || type === 'miss' ? [[titles.get(step as string) ?? '', type]] : [])));
    } finally {
      other.dispose();
    }
  }

  it('shares a cache, all of it or that of the result, with machines that have nothing', () => {
    const run = isRoot ? 'RUN head -c 8 /dev/urandom > /random' : 'WORKDIR /random';
    const folder = box.tree('cached', { Dockerfile: `FROM ${base} AS tool\nCOPY a /a\n${run}\nFROM ${base}\nCOPY --from=tool /a /b\nCOPY b /c\n`, a: 'a', b: 'b' });
    const cache = (name: string) => `type=registry,ref=${registry}/cache:${name}`;
    box.ok('build', '-q', '-t', `${registry}/app:1`, '--push', '--cache-to', `${cache('max')},mode=max,compression=zstd,compression-level=3,image-manifest=true`, '--cache-to', cache('min'), '--cache-to', 'type=inline', folder);
    expect(raw(`${registry}/cache:max`).layers.every(({ mediaType }) => mediaType.endsWith('+zstd'))).toBe(true);
    expect(elsewhere(folder, '--cache-from', cache('max'))).toEqual({ 'COPY a /a': 'hit', [run]: 'hit', 'COPY --from=tool /a /b': 'hit', 'COPY b /c': 'hit' });
    const target = box.tree('of-files', { Dockerfile: `FROM ${base} AS tool\nCOPY a /a\nFROM ${base}\nCOPY --from=tool /a /b\nCOPY b /c\n`, a: 'a', b: 'b' });
    expect(elsewhere(target, '--cache-from', cache('min'))).toMatchObject({ 'COPY a /a': 'miss', 'COPY b /c': 'hit' });
    expect(elsewhere(target, '--cache-from', `${registry}/app:1`)).toMatchObject({ 'COPY a /a': 'miss', 'COPY b /c': 'hit' });
  });

  it('builds without a cache that is not there, and says that it could not be written, or fails as asked', () => {
    const folder = box.tree('uncached', { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'a' });
    const { stderr, code } = box.run(['build', '--progress', 'plain', '--cache-from', `${registry}/nowhere`, '--cache-to', 'type=registry,ref=localhost:1/x,ignore-error=true', folder]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: the cache .*nowhere.* cannot be used[\s\S]*warning: the cache could not be written: .*localhost:1/);
    expect(box.fail('build', '--cache-to', 'localhost:1/x', folder).stderr).toMatch(/nothing answers at localhost:1/);
    for (const wrong of ['type=registry,ref=x,mod=max', 'type=inline,compression=zstd', 'type=local,dest=x,image-manifest=false']) expect(box.fail('build', '--cache-to', wrong, folder).stderr).toMatch(/--cache-to: .* is not valid\nhint: /);
  });

  it('pushes an index of COPY-only images for several platforms, with attestations of what they are', () => {
    const folder = box.tree('several', { Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY app-$TARGETARCH /app\nCOPY node_modules /node_modules\nLABEL arch=$TARGETARCH\n', 'app-amd64': 'for amd64', 'app-arm64': 'for arm64', 'node_modules/left-pad/package.json': '{"name":"left-pad","version":"1.3.0"}' });
    const name = `${registry}/several:1`;
    box.ok('build', '-q', '-t', name, '--platform', 'linux/amd64,linux/arm64', '--provenance=max', '--sbom', '--build-arg', 'TOKEN_NAME=x', '--push', folder);
    const index = raw(name);
    const images = index.manifests.filter(({ platform }) => platform?.architecture !== 'unknown');
    expect(images.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
    for (const architecture of ['amd64', 'arm64']) {
      const config = JSON.parse(skopeo('inspect', '--config', '--tls-verify=false', '--override-arch', architecture, `docker://${name}`)) as { architecture: string; config: { Labels: unknown } };
      expect(config).toMatchObject({ architecture, config: { Labels: { arch: architecture } } });
    }
    // Each is about the very manifest that the registry has: its layers were compressed on the way.
    const attestations = index.manifests.filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest');
    expect(attestations.map(({ annotations }) => annotations?.['vnd.docker.reference.digest'])).toEqual(images.map(({ digest }) => digest));
    skopeo('copy', '-q', '--all', '--src-tls-verify=false', `docker://${name}`, `oci:${box.path('read-back')}:1`);
    for (const [place, { digest }] of attestations.entries()) {
      const { layers } = raw(`${registry}/several@${digest}`);
      expect(layers.map(({ annotations }) => annotations?.['in-toto.io/predicate-type'])).toEqual(['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1']);
      const [sbom, provenance] = layers.map((layer) => JSON.parse(readFileSync(box.path('read-back/blobs/sha256', layer.digest.slice(7)), 'utf8')) as { subject: { digest: { sha256: string } }[]; predicate: Record<string, unknown> });
      for (const statement of [sbom, provenance]) expect(statement?.subject.map((subject) => `sha256:${subject.digest.sha256}`)).toEqual([images[place]?.digest]);
      expect(JSON.stringify(sbom?.predicate)).toContain('pkg:npm/left-pad@1.3.0');
      expect(provenance?.predicate).toMatchObject({ buildDefinition: { externalParameters: { configSource: { path: expect.stringContaining('Dockerfile') as string }, request: { platform: `linux/${images[place]?.platform?.architecture ?? ''}` } } }, runDetails: { metadata: { startedOn: expect.any(String) as string } } });
    }
    // Pushed again it is the same, and nothing of it is made anew.
    box.ok('push', '-q', name);
    expect(raw(name)).toEqual(index);
  });

  it('writes many outputs of one build', () => {
    const folder = box.tree('outputs', { Dockerfile: 'FROM scratch\nCOPY a /dir/a\n', a: 'written' });
    const name = `${registry}/outputs:1`;
    const outputs = [`type=oci,dest=${box.path('o.tar')},annotation.org.example.kind=test`, `type=docker,dest=${box.path('d.tar')}`, `type=tar,dest=${box.path('r.tar')}`, `type=local,dest=${box.path('l')}`, `type=registry,name=${name},compression=zstd,rewrite-timestamp=true`, 'type=image'];
    const id = box.ok('build', '-q', '-t', 'outputs', ...outputs.flatMap((output) => ['-o', output]), folder);
    expect(readFileSync(box.path('l/dir/a'), 'utf8')).toBe('written');
    expect(execFileSync('tar', ['-xOf', box.path('r.tar'), 'dir/a'], { encoding: 'utf8' })).toBe('written');
    expect(raw(name)).toMatchObject({ config: { digest: id }, annotations: { 'org.example.kind': 'test' }, layers: [{ mediaType: expect.stringMatching(/zstd$/) as string }] });
    expect((JSON.parse(skopeo('inspect', '--raw', `oci-archive:${box.path('o.tar')}`)) as Document).config.digest).toBe(id);
    expect(skopeo('inspect', '--config', `docker-archive:${box.path('d.tar')}`)).toContain('rootfs');
    expect(box.ok('images', '-q', '--no-trunc', 'outputs')).toBe(id);
    // To standard output too, as long as it is one.
    rmSync(box.path('l'), { recursive: true });
    expect(execFileSync('tar', ['-t'], { input: box.run(['build', '-q', '-o', '-', folder]).stdout, encoding: 'utf8' })).toMatch(/^dir\/\ndir\/a\n/);
  });

  it('says why each step was not taken from the cache, as text and as JSON', () => {
    const context = box.path('why');
    mkdirSync(context);
    const write = (name: string, text: string) => writeFileSync(`${context}/${name}`, text);
    for (const name of ['a', 'b', 'c']) write(name, name);
    const other = (text: string) => box.ok('build', '-q', '-t', 'localhost/other:1', box.tree('other', { Dockerfile: `FROM scratch\nCOPY f /f\n`, f: text }));
    other('1');
    const dockerfile = (to: string) => `ARG BASE=${base}\nFROM localhost/other:1 AS tool\nFROM \${BASE}\nCOPY . /files\nWORKDIR /work${to}\nCOPY --from=tool /f /f\n${isRoot ? 'ARG LEVEL=1\nRUN echo $LEVEL > /level\n' : ''}`;
    write('Dockerfile', dockerfile(''));
    write('.dockerignore', 'Dockerfile\n.dockerignore\n');
    const reasons = (...args: string[]) => {
      const { stderr } = box.run(['build', '--progress', 'rawjson', '--explain', ...args, context]);
      return stderr.split('\n').filter((line) => line.startsWith('{"type":"miss"')).map((line) => (JSON.parse(line) as { reason: { kind: string; text: string; changes: { what: string; how: string }[] } }).reason);
    };
    const kinds = (...args: string[]) => reasons(...args).map(({ kind }) => kind);
    const last = isRoot ? 1 : 0;
    expect(kinds()).toEqual(Array<string>(3 + last).fill('first-build'));
    expect(kinds()).toEqual([]);
    write('a', 'changed');
    rmSync(`${context}/b`);
    write('d', 'new');
    expect(reasons()[0]).toEqual({ kind: 'files', text: expect.stringContaining('3 files changed') as string, changes: expect.arrayContaining([{ what: 'a', how: 'changed' }, { what: 'b', how: 'removed' }, { what: 'd', how: 'added' }]) as unknown[] });
    other('2');
    expect(reasons()[0]).toMatchObject({ kind: 'other-stage', changes: [{ what: 'tool', how: 'changed' }] });
    write('Dockerfile', dockerfile('-elsewhere'));
    expect(kinds()[0]).toBe('instruction');
    expect(kinds('--no-cache')).toEqual(Array<string>(3 + last).fill('no-cache'));
    if (isRoot) {
      expect(reasons('--build-arg', 'LEVEL=2')[0]).toMatchObject({ kind: 'variables', text: 'LEVEL changed' });
      expect(kinds('--build-arg', 'LEVEL=2', '--add-host', 'db:10.0.0.1')).toEqual(['settings']);
      box.ok('build', '-q', context);
    }
    box.ok('tag', 'localhost/other:1', 'localhost/base:2');
    expect(reasons('--build-arg', 'BASE=localhost/base:2')[0]).toMatchObject({ kind: 'base', text: expect.stringMatching(/^the base is localhost\/base:2@[0-9a-f]{12} now, and was localhost:\d+\/base:1@[0-9a-f]{12}$/) as string });
    box.ok('rmi', '-f', ...new Set(box.ok('images', '-q', '--filter', 'dangling=true').split('\n').filter(Boolean)));
    box.ok('build', 'prune', '-f');
    expect(kinds('--build-arg', 'BASE=localhost/base:2')).toContain('gone');
    write('a', 'once more');
    const { stderr } = box.run(['build', '--progress', 'plain', '--explain', context]);
    expect(stderr).toMatch(/cache miss: a changed/);
    expect(readdirSync(context)).toContain('a');
  });
});
