import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, symlinkSync } from 'node:fs';
import { parseReference, type ContainerDefaults } from '@caisson/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base, Harness, has, isRoot } from './support/harness.js';

/** Dockerfiles in common styles: each is built here and by buildah, and must come to the same files and the same config. */
const dockerfiles: Readonly<Record<string, string>> = {
  'copies into new, existing and linked folders': 'COPY one.txt /new/place/\nCOPY dir /etc\nCOPY dir /into/dir\nCOPY dir/a *.txt /several/\nCOPY . /all',
  'copies with owner and mode': 'COPY --chown=web:staff one.txt /o1\nCOPY --chown=7:8 dir /o2/\nCOPY --chmod=0700 one.txt /o3\nRUN chown web /o3',
  'adds archives': 'ADD archive.tar.gz /unpacked/\nADD one.txt /plain/',
  'runs and deletes': 'RUN mkdir -p /a/b && echo 1 > /a/b/c && ln -s c /a/b/l && ln /a/b/c /a/h\nRUN rm -r /a/b && mkdir /a/b && echo 2 > /a/b/d\nRUN rm /bin/yes && chmod 2755 /a && echo x > /etc/motd',
  'sets everything': 'ARG V=3\nENV A=1 B="two words" C=$V\nWORKDIR /w/x\nRUN pwd > here && echo "$A $B $C" > env\nUSER web\nRUN id -u > /tmp/id\nEXPOSE 80 90/udp\nLABEL l=1\nVOLUME /data\nSTOPSIGNAL SIGINT\nENTRYPOINT ["/bin/echo", "hi"]\nCMD ["there"]',
  'uses several stages': 'RUN mkdir /out && echo tool > /out/tool && chmod 755 /out/tool && chown 3:4 /out/tool\nFROM localhost/busybox:1\nCOPY --from=0 /out /opt/out\nCOPY --from=0 /out/tool /bin/',
};

describe.runIf(isRoot && has('buildah'))('the same as buildah', () => {
  let harness: Harness;
  let context: string;
  const buildah = (...args: string[]) => execFileSync('buildah', ['--storage-driver', 'vfs', '--root', harness.path('buildah/root'), '--runroot', harness.path('buildah/run'), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });

  beforeAll(async () => {
    harness = await Harness.withBase();
    context = harness.tree('ctx', { 'one.txt': '1', 'two.txt': '2', 'dir/a': 'a', 'dir/sub/b': 'b', '.dockerignore': 'archive.tar.gz.not\nignored\n', ignored: 'x' });
    chmodSync(`${context}/dir/a`, 0o640);
    chmodSync(`${context}/dir/sub`, 0o750);
    symlinkSync('a', `${context}/dir/link`);
    linkSync(`${context}/dir/a`, `${context}/dir/hard`);
    execFileSync('tar', ['-C', `${context}/dir`, '--owner=5', '--group=6', '-czf', `${context}/archive.tar.gz`, '.']);
    await harness.build(`FROM ${base}\n`, undefined, { tags: [parseReference('localhost/busybox:1')], outputs: [{ type: 'oci', destination: harness.path('base.tar') }] });
    buildah('pull', `oci-archive:${harness.path('base.tar')}`);
  });
  afterAll(() => {
    if (harness) execFileSync('rm', ['-rf', harness.path('buildah')]);
    harness?.[Symbol.dispose]();
  });

  it.each(Object.entries(dockerfiles))('%s', async (_, body) => {
    const ours = await harness.build(`FROM ${base}\n${body}\n`, context);
    const file = harness.tree('buildah-file', { Dockerfile: `FROM ${base}\n${body}\n` });
    buildah('tag', buildah('images', '-q', '--no-trunc').trim().split('\n').at(-1) ?? '', base);
    buildah('build', '--isolation', 'chroot', '--pull-never', '--network', 'host', '-q', '-f', `${file}/Dockerfile`, '-t', 'theirs', context);
    buildah('push', '-q', 'theirs', `docker-archive:${harness.path('theirs.tar')}:theirs:1`);
    const theirs = theirImage(harness.path('theirs.tar'), harness.path('unpacked'));
    execFileSync('rm', ['-f', harness.path('theirs.tar')]);
    expect(ourFiles(await harness.files(ours))).toEqual(theirs.files);
    expect(comparable(ours.images[0]?.config.config ?? {})).toEqual(comparable(theirs.config));
  });
});

/** Folders that a runtime makes, and files that it mounts, are buildah's own business. */
const runtimeOwn = /^(?:proc|sys|dev|run|etc\/(?:hosts|hostname|resolv\.conf))(?:\/| )/;

function ourFiles(files: readonly string[]): string[] {
  return files.filter((line) => !runtimeOwn.test(line)).sort();
}

function theirImage(archive: string, folder: string): { files: string[]; config: ContainerDefaults } {
  execFileSync('sh', ['-c', `rm -rf "$1" && mkdir -p "$1/root" "$1/archive" && tar -C "$1/archive" -xf "$0"`, archive, folder]);
  const script = `
import json, os, hashlib, stat, subprocess, sys
a = sys.argv[1] + '/archive/'; root = sys.argv[1] + '/root'
m = json.load(open(a + 'manifest.json'))[0]
for layer in m['Layers']:
    names = subprocess.run(['tar', '-tf', a + layer], capture_output=True, text=True).stdout.split('\\n')
    for n in names:
        b = os.path.basename(n)
        if b.startswith('.wh.') and b != '.wh..wh..opq': subprocess.run(['rm', '-rf', os.path.join(root, os.path.dirname(n), b[4:])])
        if b == '.wh..wh..opq': subprocess.run('rm -rf "%s"/* ' % os.path.join(root, os.path.dirname(n)), shell=True)
    subprocess.run(['tar', '-C', root, '--numeric-owner', '-xpf', a + layer, '--exclude=.wh.*'], check=True)
out = []
for d, ds, fs in os.walk(root):
    for n in ds + fs:
        p = os.path.join(d, n); s = os.lstat(p); r = os.path.relpath(p, root)
        t = 'symlink' if stat.S_ISLNK(s.st_mode) else 'directory' if stat.S_ISDIR(s.st_mode) else 'file'
        w = os.readlink(p) if t == 'symlink' else hashlib.sha256(open(p, 'rb').read()).hexdigest()[:12] if t == 'file' else ''
        out.append(('%s %s %o %d:%d %s' % (r, t, s.st_mode & 0o7777, s.st_uid, s.st_gid, w)).strip())
print(json.dumps({'files': sorted(out), 'config': json.load(open(a + m['Config']))['config']}))
`;
  const { files, config } = JSON.parse(execFileSync('python3', ['-c', script, folder], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })) as { files: string[]; config: ContainerDefaults };
  return { files: files.filter((line) => !runtimeOwn.test(line)).sort(), config };
}

/** Empty and absent are the same; labels of buildah's own are left out. */
function comparable(config: ContainerDefaults): Record<string, unknown> {
  const labels = Object.fromEntries(Object.entries(config.Labels ?? {}).filter(([key]) => !key.startsWith('io.buildah')));
  const entries = Object.entries({ ...config, Labels: labels, WorkingDir: config.WorkingDir || '/' }).filter(([, value]) => value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value as object).length === 0));
  return Object.fromEntries(entries);
}
