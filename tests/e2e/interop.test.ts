import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe.skipIf(!isRoot || !has('podman') || !has('buildah'))('images of and for other engines', () => {
  let box: Sandbox;
  let registry: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
  });
  afterAll(() => box?.dispose());

  const other = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, ['--root', box.path('podman'), '--runroot', box.path('podman-run'), '--storage-driver', 'vfs', ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };

  it('podman runs what Caisson pushed', () => {
    const folder = box.tree('ours', { Dockerfile: 'FROM localhost/busybox:1\nCOPY hello.txt /\nRUN echo built >> /hello.txt\nUSER web\nCMD ["cat", "/hello.txt"]\n', 'hello.txt': 'hello\n' });
    box.ok('build', '-q', '-t', `${registry}/ours:1`, folder);
    box.ok('push', '-q', `${registry}/ours:1`);
    // Without CAP_SYS_RESOURCE podman cannot raise limits, as it does by itself.
    expect(other('podman', '--runtime', 'runc', 'run', '--rm', '--network', 'none', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--tls-verify=false', `${registry}/ours:1`)).toBe('hello\nbuilt');
  });

  it('Caisson runs what buildah pushed', () => {
    const folder = box.tree('theirs', { Dockerfile: `FROM ${registry}/base:1\nCOPY hello.txt /\nCMD ["cat", "/hello.txt"]\n`, 'hello.txt': 'from buildah\n' });
    box.ok('tag', 'localhost/busybox:1', `${registry}/base:1`);
    box.ok('push', '-q', `${registry}/base:1`);
    other('buildah', 'build', '--isolation', 'chroot', '--tls-verify=false', '-t', `${registry}/theirs:1`, folder);
    other('buildah', 'push', '--tls-verify=false', `${registry}/theirs:1`);
    expect(box.ok('run', '--rm', '-q', '--network', 'none', `${registry}/theirs:1`)).toBe('from buildah');
  });
});
