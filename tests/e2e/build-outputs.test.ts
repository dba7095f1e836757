import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './support.js';

interface Manifest {
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[];
}

const skopeo = (...args: string[]) => execFileSync('skopeo', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('outputs of builds', () => {
  let box: Sandbox;
  let registry: string;
  let folder: string;
  const manifest = (name: string) => JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${name}`)) as Manifest;
  const digest = (name: string) => skopeo('inspect', '--no-tags', '--format', '{{.Digest}}', '--tls-verify=false', `docker://${name}`).trim();
  const kinds = (name: string) => manifest(name).layers.map(({ mediaType }) => mediaType.split('.').at(-1));
  const metadata = () => JSON.parse(readFileSync(box.path('metadata.json'), 'utf8')) as Record<string, unknown>;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
    box.ok('tag', 'localhost/busybox:1', `${registry}/base:1`);
    box.ok('push', '-q', `${registry}/base:1`);
    box.ok('rmi', 'localhost/busybox:1', `${registry}/base:1`);
    folder = box.tree('app', { Dockerfile: `FROM ${registry}/base:1\nCOPY a /app/a\n`, a: 'a' });
  });
  afterAll(() => box?.dispose());

  it('tell the digest that the registry has', () => {
    const name = `${registry}/told`;
    box.ok('build', '-q', '--metadata-file', box.path('metadata.json'), '-t', `${name}:1`, '--push', folder);
    expect(metadata()).toMatchObject({ 'containerimage.digest': digest(`${name}:1`), 'image.name': `${name}:1` });
    box.ok('build', '-q', '--metadata-file', box.path('metadata.json'), '-o', `type=registry,"name=${name}:2,${name}:3"`, folder);
    expect(metadata()).toMatchObject({ 'containerimage.digest': digest(`${name}:2`), 'containerimage.descriptor': { digest: digest(`${name}:3`), mediaType: 'application/vnd.oci.image.manifest.v1+json' }, 'image.name': `${name}:2,${name}:3` });
  });

  it('push by digest, under no name', () => {
    const name = `${registry}/by-digest`;
    box.ok('build', '-q', '--metadata-file', box.path('metadata.json'), '-o', `type=image,name=${name},push-by-digest=true,push=true`, folder);
    const pushed = String(metadata()['containerimage.digest']);
    expect(digest(`${name}@${pushed}`)).toBe(pushed);
    expect(() => digest(`${name}:latest`)).toThrow(/manifest unknown/);
    // Names are made of such images later: what a matrix of builders in CI does.
    box.ok('manifest', 'create', `${name}:all`, `${name}@${pushed}`);
    box.ok('manifest', 'push', `${name}:all`);
    expect(JSON.stringify(manifest(`${name}:all`))).toContain(pushed);
  });

  it('compress the layers of the base anew where that is forced', () => {
    const name = (tag: string) => `${registry}/forced:${tag}`;
    const push = (tag: string, how: string) => box.ok('build', '-q', '-o', `type=registry,name=${name(tag)},${how}`, folder);
    push('own', 'compression=zstd');
    expect(kinds(name('own'))).toEqual(['tar+gzip', 'tar+zstd']);
    push('all', 'compression=zstd,force-compression=true');
    expect(kinds(name('all'))).toEqual(['tar+zstd', 'tar+zstd']);
    push('bare', 'compression=uncompressed,force-compression=true');
    expect(kinds(name('bare'))).toEqual(['tar', 'tar']);
    push('gzip', 'force-compression=true');
    expect(manifest(name('gzip')).layers[0]).toEqual(manifest(name('own')).layers[0]);
    // Each is the same image, and whole.
    const ids = ['own', 'all', 'bare', 'gzip'].map((tag) => {
      box.ok('pull', '-q', name(tag));
      return box.ok('inspect', '-f', '{{.Id}}', name(tag));
    });
    expect(new Set(ids).size).toBe(1);
    box.ok('build', '-q', '-o', `type=oci,dest=${box.path('zstd.tar')},compression=zstd,force-compression=true`, folder);
    expect((JSON.parse(skopeo('inspect', '--raw', `oci-archive:${box.path('zstd.tar')}`)) as Manifest).layers.map(({ mediaType }) => mediaType.split('.').at(-1))).toEqual(['tar+zstd', 'tar+zstd']);
  });

  it.each([
    ['type=image,name=x,push=ture', 'push is true or false'],
    ['type=image,name=x,push-by-digest=true', 'push-by-digest needs push=true'],
    ['type=registry,name=x,push=false', 'type=registry always pushes; type=image need not'],
    ['type=image,force-compresion=true', 'type=image takes name, push, '],
    ['type=oci,dest=x,force-compression=yes', 'force-compression is true or false'],
    ['type=image,name=x,store=no', 'store is true or false'],
    ['type=image,dangling-name-prefix=x', 'type=image takes name, push, '],
  ])('refuse what they do not know: %s', (output, hint) => {
    expect(box.fail('build', '-o', output, folder).stderr).toContain(`is not valid\nhint: ${hint}`);
  });

  it('are refused before anything is built where they cannot be written', () => {
    const place = box.tree('outputs', { file: '', 'folder/x': '' });
    const refused = (...args: string[]) => {
      const { code, stdout, stderr } = box.fail('build', ...args, folder);
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    expect(refused('-o', `${place}/file`)).toBe(`caisson: the output ${place}/file is a file, and type=local writes a folder\nhint: name another, or write an archive with type=tar\n`);
    expect(refused('-o', `${place}/file/below/x`)).toBe(`caisson: the output ${place}/file/below/x cannot be there: ${place}/file is a file, and no folder\n`);
    for (const type of ['oci', 'docker', 'tar'])
      expect(refused('-o', `type=${type},dest=${place}/folder`)).toBe(`caisson: the output ${place}/folder is a folder, and type=${type} writes a file\nhint: name a file in it, or write a folder with type=local\n`);
    expect(refused('-o', `type=tar,dest=${place}/new/`)).toContain(`${place}/new/ is a folder`);
    expect(refused('-o', '-', '-o', 'type=oci')).toBe('caisson: --output: only one result can go to standard output\nhint: name files for the others with dest=PATH\n');
    for (const flag of ['--iidfile', '--metadata-file']) expect(refused(flag, `${place}/folder`)).toBe(`caisson: ${place}/folder is a folder, and not a file to write to\n`);
    expect(new Set<unknown>(readdirSync(place, { recursive: true }))).toEqual(new Set(['file', 'folder', 'folder/x']));
  });

  it.runIf(process.platform === 'linux')('come back from where the kernel takes no folders (needs /proc)', () => {
    expect(box.fail('build', '-o', '/proc/caisson/out', folder).stderr).toContain('no such file or directory while writing to /proc/caisson/out');
    expect(box.fail('--data-root', '/proc/caisson', 'images').stderr).toContain('/proc/caisson');
  });

  it('need a name to push', () => {
    expect(box.fail('build', '--push', folder).stderr).toBe('caisson: --push needs a name for the image\nhint: give it one with -t\n');
    expect(box.fail('build', '-o', 'type=registry', folder).stderr).toContain('an image needs a name to be pushed');
  });
});
