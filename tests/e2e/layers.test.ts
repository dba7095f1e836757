import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

describe('looking into images', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    const folder = sandbox.tree('context', { Dockerfile: 'FROM scratch\nCOPY big keep /data/\nCOPY other/big /data/big\nCOPY other/ /more/\n', big: 'b'.repeat(5000), keep: 'k', 'other/big': 'c'.repeat(2000) });
    sandbox.ok('build', '-t', 'app:1', folder);
    sandbox.tree('context', { keep: 'K' });
    sandbox.ok('build', '-t', 'app:2', '--label', 'x=y', folder);
  });
  afterAll(() => sandbox.dispose());

  it('shows what each layer changed and wasted', () => {
    const summary = sandbox.ok('image', 'files', '--summary', 'app:1').split('\n');
    expect(summary[0]).toMatch(/^LAYER +DIGEST +SIZE +ADDED +CHANGED +DELETED +WASTED +CREATED BY$/);
    expect(summary[2]).toMatch(/^1 +[0-9a-f]{12} +\S+ +0 +[12] +0 +5kB +COPY other\/big/);
    expect(summary.at(-1)).toContain('5kB wasted');
    const layer = sandbox.ok('image', 'files', '--layer', '1', 'app:1');
    expect(layer).toMatch(/~ .*└─ big 2kB \(5kB wasted\)/);
    expect(layer).not.toContain('keep');
    expect(sandbox.ok('image', 'files', '--layer', '0', '--depth', '1', 'app:1', '/')).not.toContain('keep 1B');
    const json = JSON.parse(sandbox.ok('image', 'files', '--format', 'json', 'app:1')) as { wastedBytes: number; files: { path: string }[]; layers: { index: number; files: { path: string; change: string }[] }[] };
    expect(json.wastedBytes).toBe(5000);
    expect(json.files.map(({ path }) => path)).toEqual(['data', 'data/big', 'data/keep', 'more', 'more/big']);
    expect(json.layers[1]?.files.at(-1)).toMatchObject({ path: 'data/big', change: 'changed' });
    expect(sandbox.fail('image', 'files', '--layer', '7', 'app:1').stderr).toContain('the image has no layer 7');
    expect(sandbox.fail('image', 'files', '--layer', 'x', 'app:1').stderr).toContain('is not a number');
  });

  it('shows how two images differ', () => {
    expect(sandbox.ok('image', 'diff', 'app:1', 'app:2')).toBe('Labels: none → {"x":"y"}\nC /data/keep (1B)');
    expect(JSON.parse(sandbox.ok('image', 'diff', '--format', 'json', 'app:1', 'app:2'))).toMatchObject({ changes: [{ path: 'data/keep', kind: 'changed' }], sharedLayers: 0 });
    expect(sandbox.ok('image', 'diff', 'app:1', 'app:1')).toBe('');
  });

  it('joins layers, all of them or the upper ones', () => {
    for (const [from, layers] of [['0', 1], ['1', 2]] as const) {
      const id = sandbox.ok('image', 'squash', '--from', from, 'app:1', `flat:${from}`);
      const [image] = JSON.parse(sandbox.ok('image', 'inspect', `flat:${from}`)) as { Id: string; RootFS: { Layers: string[] } }[];
      expect(image?.Id).toBe(id);
      expect(image?.RootFS.Layers).toHaveLength(layers);
      expect(sandbox.ok('image', 'diff', 'app:1', `flat:${from}`)).toBe('');
    }
    expect(sandbox.ok('image', 'files', '--summary', 'flat:0')).toContain('0B wasted');
    expect(sandbox.fail('image', 'squash', '--from', '9', 'app:1').stderr).toContain('there is no layer 9');
  });

  it.skipIf(!isRoot)('joins layers with deletions, links and folders that became files (needs root to run containers)', () => {
    const box = Sandbox.withBase();
    try {
      const folder = box.tree('c', {
        Dockerfile:
          'FROM localhost/busybox:1\nRUN mkdir /a && echo one > /a/one && ln /a/one /a/two && ln -s one /a/three && mkfifo /a/pipe && echo gone > /gone\nRUN rm /a/one /gone /bin/vi && rm -r /tmp && echo file > /tmp && mkdir -p /b/c && chown 7:8 /b && chmod 1700 /b\nRUN ln /a/two /b/four\n',
      });
      box.ok('build', '-t', 'steps', folder);
      for (const from of ['0', '1']) {
        box.ok('image', 'squash', '--from', from, 'steps', `joined:${from}`);
        expect(box.ok('image', 'diff', 'steps', `joined:${from}`)).toBe('');
        expect(box.ok('run', '--rm', '--network', 'none', `joined:${from}`, 'sh', '-c', 'cat /a/three /a/two /b/four /tmp 2>&1; ls /bin/vi /gone 2>&1 | wc -l; stat -c %a:%u:%g /b; test -p /a/pipe && echo pipe; test /a/two -ef /b/four && echo same').split('\n')).toEqual(["cat: can't open '/a/three': No such file or directory", 'one', 'one', 'file', '2', '1700:7:8', 'pipe', 'same']);
      }
    } finally {
      box.dispose();
    }
  });

  it('makes, shows, pushes and forgets lists of manifests', async () => {
    const registry = await sandbox.registry();
    for (const [platform, tag] of [['linux/amd64', 'amd'], ['linux/arm64', 'arm']] as const) {
      const folder = sandbox.tree('multi', { Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY f /f-$TARGETARCH\n', f: tag });
      sandbox.ok('build', '--platform', platform, '-t', `${registry}/parts/app:${tag}`, folder);
      sandbox.ok('push', '-q', `${registry}/parts/app:${tag}`);
    }
    const list = `${registry}/lists/app:1`;
    sandbox.ok('manifest', 'create', list, `${registry}/parts/app:amd`);
    expect(sandbox.fail('manifest', 'create', list, `${registry}/parts/app:arm`).stderr).toContain('--amend');
    sandbox.ok('manifest', 'create', '--amend', list, `${registry}/parts/app:arm`);
    sandbox.ok('manifest', 'annotate', '--variant', 'v8', '--os-version', '6', list, `${registry}/parts/app:arm`);
    expect(sandbox.fail('manifest', 'annotate', '--arch', 'x', list, `${registry}/parts/none:1`).stderr).toContain('is not in the list');
    const shown = JSON.parse(sandbox.ok('manifest', 'inspect', list)) as { manifests: { platform: object }[] };
    expect(shown.manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8', 'os.version': '6' },
    ]);
    const digest = sandbox.ok('manifest', 'push', '--purge', list);
    const raw = spawnSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${list}`], { encoding: 'utf8' }).stdout;
    expect((JSON.parse(raw) as { manifests: object[] }).manifests).toHaveLength(2);
    // Each of the images can be had from the list's own repository.
    const arm = spawnSync('skopeo', ['inspect', '--tls-verify=false', '--override-arch', 'arm64', '--override-variant', 'v8', `docker://${list}`], { encoding: 'utf8' });
    expect(arm.stderr).toBe('');
    expect((JSON.parse(arm.stdout) as { Architecture: string }).Architecture).toBe('arm64');
    expect(sandbox.ok('manifest', 'inspect', '-v', list)).toContain('"OCIManifest"');
    expect(digest).toMatch(/^sha256:/);
    expect(sandbox.fail('manifest', 'rm', list).stderr).toContain('there is no manifest list');
    expect(sandbox.fail('manifest', 'create', 'localhost/x', `${registry}/parts/none:1`).stderr).toContain('manifest unknown');
  }, 60_000);

  it('saves and loads one platform of several', () => {
    const folder = sandbox.tree('multi', { Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY f /f-$TARGETARCH\n', f: 'x' });
    sandbox.ok('build', '--platform', 'linux/amd64,linux/arm64', '-t', 'many:1', folder);
    sandbox.ok('save', '-o', sandbox.path('all.tar'), 'many:1');
    sandbox.ok('save', '--platform', 'linux/arm64', '-o', sandbox.path('arm.tar'), 'many:1');
    expect(readFileSync(sandbox.path('arm.tar')).length).toBeLessThan(readFileSync(sandbox.path('all.tar')).length);
    sandbox.ok('rmi', 'many:1');
    sandbox.ok('load', '--platform', 'linux/arm64', '-i', sandbox.path('all.tar'));
    expect((JSON.parse(sandbox.ok('image', 'inspect', 'many:1')) as { Architecture: string }[])[0]?.Architecture).toBe('arm64');
    sandbox.ok('rmi', 'many:1');
    expect(sandbox.fail('load', '--platform', 'linux/s390x', '-i', sandbox.path('all.tar')).stderr).toContain('is not made for linux/s390x');
    expect(sandbox.ok('images', '-q', 'many')).toBe('');
    sandbox.ok('load', '-i', sandbox.path('arm.tar'));
    expect((JSON.parse(sandbox.ok('image', 'inspect', 'many:1')) as { Architecture: string }[])[0]?.Architecture).toBe('arm64');
  });
});
