import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexLayer, LayerTree, rawPath, type LayerIndex, type RawPath } from '@caisson/core';
import { debianRootfs } from '../../scripts/debian-base.mjs';
import { Host, installed } from './hosts.js';
import { isRoot, Sandbox } from './support.js';

const base = 'localhost/debian:12';
const folder = new URL('parity/', import.meta.url).pathname;
const docker = '/usr/bin/docker'; // Debian's speaks BuildKit without buildx
const usable = isRoot && installed('dockerd') && spawnSync(docker, ['--version']).status === 0;

/** Dockerfiles in the styles of well-known images: what Caisson builds of them is what docker does, down to each file's owner and content. */
describe.skipIf(!usable)('builds, beside dockerd (which needs root and Debian’s docker.io)', () => {
  let box: Sandbox;
  let host: Host;
  let rootfs: string | undefined;
  beforeAll(async () => {
    rootfs = debianRootfs();
    if (rootfs === undefined) return;
    box = new Sandbox();
    box.ok('import', rootfs, base);
    host = await Host.dockerd();
    other('import', rootfs, base);
  }, 300_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    box?.dispose();
  }, 60_000);

  function other(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(docker, ['-H', `unix://${host.socket}`, ...args], { encoding: 'utf8', env: { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_CONFIG: box.path('docker') }, timeout: 120_000 });
    if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  it.for(readdirSync(folder))('%s', { timeout: 180_000 }, async (name, { skip }) => {
    if (rootfs === undefined) skip('there is no debootstrap here, or no mirror that it reaches');
    box.ok('build', '-q', '--network', 'none', '-t', name, `${folder}${name}`);
    other('build', '-q', '--network', 'none', '-t', name, `${folder}${name}`);
    expect(config(box.ok('image', 'inspect', name))).toEqual(config(other('image', 'inspect', name)));

    box.ok('create', '--name', `tree-${name}`, name, 'x');
    box.ok('export', '-o', box.path('ours.tar'), `tree-${name}`);
    other('create', '--name', `tree-${name}`, '--network', 'none', name, 'x');
    const theirs = spawn(docker, ['-H', `unix://${host.socket}`, 'export', `tree-${name}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [ours, reference] = await Promise.all([indexLayer(createReadStream(box.path('ours.tar')), 'none', { contentDigests: true }), indexLayer(theirs.stdout, 'none', { contentDigests: true })]);
    const [a, b] = [listing(ours), listing(reference)];
    const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
    expect(paths.length).toBeGreaterThan(name === 'go' ? 3 : 1000);
    expect(paths.flatMap((path) => (a.get(path) === b.get(path) ? [] : [`${path}: caisson ${a.get(path) ?? 'has not'}, docker ${b.get(path) ?? 'has not'}`]))).toEqual([]);
  });
});

/** What docker makes in a container, and not in its image. */
const own = /^(?:\.dockerenv|etc\/(?:hosts|hostname|resolv\.conf|mtab)|dev(?:\/.*)?|proc|sys)$/;

function listing(index: LayerIndex): Map<string, string> {
  const tree = LayerTree.of([index]);
  const found = new Map<string, string>();
  const walk = (directory: RawPath) => {
    for (const entry of tree.children(directory)) {
      const { path, type, mode, uid, gid, size, linkname, digest, xattrs } = entry;
      if (!own.test(path)) found.set(path, JSON.stringify({ type, mode: (mode & 0o7777).toString(8), uid, gid, ...(type === 'file' ? (changing.test(path) ? {} : { size, digest }) : {}), ...(type === 'symlink' ? { linkname } : {}), ...(xattrs?.size ? { xattrs: [...xattrs].map(([key, value]) => [key, Buffer.from(value).toString('hex')]) } : {}) }));
      if (type === 'directory') walk(path);
    }
  };
  walk(rawPath('/'));
  return found;
}

/** Files whose content says when they were made; ours say what SOURCE_DATE_EPOCH says, as the passwords' last change does. */
const changing = /^(?:var\/log\/|var\/cache\/ldconfig\/|etc\/shadow-?$)/;

function config(inspected: string) {
  const [{ Config, Architecture, Os }] = JSON.parse(inspected) as [{ Config: Record<string, unknown>; Architecture: string; Os: string }];
  const { Env, User, WorkingDir, Entrypoint, Cmd, ExposedPorts, Volumes, Labels, StopSignal, Healthcheck, OnBuild, Shell } = Config;
  const orNothing = (value: unknown) => (value === null || value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value);
  return JSON.parse(JSON.stringify({ Architecture, Os, Env, User: orNothing(User), WorkingDir: orNothing(WorkingDir), Entrypoint: orNothing(Entrypoint), Cmd: orNothing(Cmd), ExposedPorts, Volumes: orNothing(Volumes), Labels: orNothing(Labels), StopSignal, Healthcheck, OnBuild: orNothing(OnBuild), Shell })) as unknown;
}
