import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './support.js';

describe('images', () => {
  let box: Sandbox;
  let registry: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
  });
  afterAll(() => box?.dispose());

  it('imports with changes', () => {
    box.ok('import', '-c', 'ENV A=1 B="two words"', '-c', 'WORKDIR /srv', '-c', 'USER web', '-c', 'EXPOSE 80', '-c', 'ENTRYPOINT ["/bin/sh"]', '-m', 'by hand', box.path('busybox.tar'), 'changed:1');
    const [image] = JSON.parse(box.ok('image', 'inspect', 'changed:1')) as { Config: Record<string, unknown>; Comment: string }[];
    expect(image?.Config).toMatchObject({ Env: ['A=1', 'B=two words'], WorkingDir: '/srv', User: 'web', ExposedPorts: { '80/tcp': {} }, Entrypoint: ['/bin/sh'] });
    expect(image?.Comment).toBe('by hand');
    expect(box.fail('import', '-c', 'RUN true', box.path('busybox.tar')).stderr).toMatch(/RUN cannot be applied/);
    expect(box.fail('import', '-c', 'ENVV A=1', box.path('busybox.tar')).stderr).toMatch(/ENVV/);
  });

  it('refuses to import what is no tar', () => {
    const path = box.write('junk', 'x'.repeat(2000));
    expect(box.fail('import', path, 'junk:1').stderr).toMatch(/^caisson: .+\n/);
    writeFileSync(box.path('cut.tar'), readFileSync(box.path('busybox.tar')).subarray(0, 700_000));
    expect(box.fail('import', box.path('cut.tar'), 'junk:1').stderr).toMatch(/caisson: /);
    expect(box.ok('images', '-q', 'junk')).toBe('');
  });

  it('tags, lists and removes', () => {
    box.ok('tag', 'localhost/busybox:1', 'copy');
    expect(box.ok('images', '--format', 'json', 'copy')).toContain('"Tag":"latest"');
    const id = box.ok('images', '-q', '--no-trunc', 'copy');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(box.ok('inspect', '-f', '{{.Id}}', id.slice(7, 19))).toBe(id);
    box.ok('import', '-c', 'ENV OTHER=1', box.path('busybox.tar'), 'other');
    expect(box.run(['tag', 'other', 'copy']).stderr).toContain(`copy was the name of image ${id.slice(7, 19)} before`);
    box.ok('tag', 'localhost/busybox:1', 'copy');
    box.ok('rmi', 'other');
    expect(box.ok('rmi', 'copy')).toBe('Untagged: copy:latest');
    expect(box.fail('image', 'inspect', 'copy').stderr).toMatch(/No such image: copy/);
    expect(box.fail('tag', 'nothing', 'x').stderr).toMatch(/No such image/);
    expect(box.fail('tag', 'localhost/busybox:1', 'UPPER').stderr).toMatch(/lower case/);
  });

  it('shows the history', () => {
    expect(box.ok('history', 'localhost/busybox:1')).toMatch(/caisson import .*MB\s+imported root file system/);
  });

  it('keeps a store that skopeo and umoci read', () => {
    const layout = `oci:${box.path('data/content')}:localhost/busybox:1`;
    const skopeo = spawnSync('skopeo', ['inspect', '--config', layout], { encoding: 'utf8' });
    expect(skopeo.stderr).toBe('');
    expect(JSON.parse(skopeo.stdout)).toMatchObject({ os: 'linux', config: { Cmd: ['/bin/sh'] } });
    const umoci = spawnSync('umoci', ['ls', '--layout', box.path('data/content')], { encoding: 'utf8' });
    expect(umoci.stdout).toContain('localhost/busybox:1');
  });

  it('saves and loads, also through a pipe and compressed', () => {
    const digest = box.ok('inspect', '-f', '{{.Id}}', 'localhost/busybox:1');
    box.ok('tag', 'localhost/busybox:1', 'saved:1');
    box.ok('save', '-o', box.path('saved.tar'), 'saved:1');
    const other = new Sandbox();
    try {
      expect(other.ok('load', '-i', box.path('saved.tar'))).toBe('Loaded image: saved:1');
      expect(other.ok('inspect', '-f', '{{.Id}}', 'saved:1')).toBe(digest);
      expect(other.ok('system', 'check')).toMatch(/all is well/);
      const zipped = spawnSync('gzip', ['-c', box.path('saved.tar')], { maxBuffer: 64 * 1024 * 1024 }).stdout;
      other.ok('rmi', 'saved:1');
      expect(other.run(['load', '-q'], { input: zipped }).stdout.trim()).toBe(digest);
    } finally {
      other.dispose();
    }
    // What docker and podman make of it.
    expect(spawnSync('skopeo', ['list-tags', `docker-archive:${box.path('saved.tar')}`], { encoding: 'utf8' }).stdout).toContain('saved:1');
    expect(spawnSync('skopeo', ['inspect', `oci-archive:${box.path('saved.tar')}`], { encoding: 'utf8' }).stdout).toContain(digest.slice(0, 6));
  });

  it("loads skopeo's docker-archive", () => {
    rmSync(box.path('skopeo.tar'), { force: true });
    const copied = spawnSync('skopeo', ['copy', `oci:${box.path('data/content')}:localhost/busybox:1`, `docker-archive:${box.path('skopeo.tar')}:from-skopeo:1`], { encoding: 'utf8' });
    expect(copied.status, copied.stderr).toBe(0);
    expect(box.ok('load', '-i', box.path('skopeo.tar'))).toContain('from-skopeo:1');
  });

  it('refuses an archive with a wrong layer', () => {
    const bytes = readFileSync(box.path('saved.tar'));
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    writeFileSync(box.path('bad.tar'), bytes);
    const other = new Sandbox();
    try {
      expect(other.fail('load', '-i', box.path('bad.tar')).stderr).toMatch(/does not match its digest/);
      expect(other.ok('images', '-q')).toBe('');
      expect(other.ok('system', 'check')).toMatch(/all is well/);
    } finally {
      other.dispose();
    }
  });

  it('pushes and pulls, byte for byte', () => {
    const name = `${registry}/team/app:1`;
    box.ok('tag', 'localhost/busybox:1', name);
    const pushed = box.ok('push', '-q', name);
    expect(pushed).toMatch(new RegExp(`^${registry}/team/app@sha256:[0-9a-f]{64}$`));
    expect(box.ok('push', '-q', name)).toBe(pushed);
    const skopeo = spawnSync('skopeo', ['inspect', '--tls-verify=false', `docker://${pushed}`], { encoding: 'utf8' });
    expect(skopeo.status, skopeo.stderr).toBe(0);
    // The registry's digest, which is that of compressed layers, is what scripts ask for after a push; the store's own is told beside it.
    const digests = JSON.parse(box.ok('inspect', '-f', '{{json .RepoDigests}}', name)) as string[];
    const ofApp = digests.filter((one) => one.startsWith(`${registry}/team/app@`));
    expect(ofApp).toHaveLength(2);
    expect(ofApp[0]).toBe(pushed);
    expect(box.ok('inspect', '-f', '{{.Id}}', pushed)).toBe(box.ok('inspect', '-f', '{{.Id}}', name));
    expect(box.ok('images', '--digests', '--format', '{{.Digest}}', `${registry}/team/app`)).toBe(pushed.split('@')[1]);

    const other = new Sandbox();
    try {
      expect(other.ok('pull', '-q', pushed)).toBe(pushed);
      expect(other.ok('inspect', '-f', '{{.Id}}', pushed)).toBe(box.ok('inspect', '-f', '{{.Id}}', name));
      expect(other.ok('system', 'check')).toMatch(/all is well/);
      expect(other.ok('pull', '-q', name)).toBe(name);
    } finally {
      other.dispose();
    }
  });

  it('pushes zstd when asked', () => {
    const name = `${registry}/team/zstd:1`;
    box.ok('tag', 'localhost/busybox:1', name);
    box.ok('push', '-q', '--compression', 'zstd', name);
    const raw = spawnSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`], { encoding: 'utf8' });
    expect(raw.stdout).toContain('tar+zstd');
  });

  it("says in the registry's words what it refuses", () => {
    const { stderr } = box.fail('pull', `${registry}/team/nothing:1`);
    expect(stderr).toMatch(/manifest unknown/);
    expect(stderr.split('\n').filter((line) => line.startsWith('caisson:'))).toHaveLength(1);
    expect(box.fail('push', `${registry}/never/built:1`).stderr).toMatch(/no image is named/);
    expect(box.fail('pull', 'localhost:1/x:1').stderr).toMatch(/localhost:1/);
  });

  it('logs in only with credentials that work, and keeps them as docker does', () => {
    const { stderr } = box.fail('login', '-u', 'me', '-p', 'secret', 'localhost:1');
    expect(stderr).not.toContain('secret');
    box.run(['login', '-u', 'me', '--password-stdin', registry], { input: 'hunter2\n' });
    const config = JSON.parse(readFileSync(box.path('docker/config.json'), 'utf8')) as { auths: Record<string, { auth: string }> };
    expect(Buffer.from(config.auths[registry]?.auth ?? '', 'base64').toString()).toBe('me:hunter2');
    expect(statSync(box.path('docker/config.json')).mode & 0o777).toBe(0o600);
    expect(box.ok('logout', registry)).toMatch(/Forgot/);
  });

  it('frees what nothing needs', () => {
    box.ok('image', 'prune', '-f');
    const before = box.ok('system', 'check');
    box.ok('import', box.path('busybox.tar'), 'doomed:1');
    box.ok('rmi', 'doomed:1');
    expect(box.ok('system', 'check')).toBe(before);
  });
});
