import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox, untilTrue, freePort } from './support.js';

/** A registry that logs its requests into a file. */
async function loggingRegistry(box: Sandbox): Promise<{ host: string; requests(): string; stop(): void }> {
  const port = await freePort();
  const config = box.write('logging.yml', `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${box.path('registry')} } }\nhttp: { addr: 127.0.0.1:${port} }\n`);
  const child: ChildProcess = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  child.stdout?.on('data', (data: Buffer) => (seen += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (seen += data.toString()));
  await untilTrue(async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok);
  return { host: `localhost:${port}`, requests: () => seen, stop: () => void child.kill() };
}

describe("bases whose layers stay in their registry", () => {
  let box: Sandbox;
  let registry: Awaited<ReturnType<typeof loggingRegistry>>;
  let base: string;
  let layer: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await loggingRegistry(box);
    base = `${registry.host}/bases/busybox:1`;
    box.ok('tag', 'localhost/busybox:1', base);
    box.ok('push', base);
    layer = (JSON.parse(box.ok('manifest', 'inspect', base)) as { layers: { digest: string }[] }).layers[0]?.digest ?? '';
  });
  afterAll(() => {
    registry?.stop();
    box?.dispose();
  });

  const context = () => box.tree('app', { Dockerfile: `FROM ${base}\nCOPY --link a.txt /a.txt\nCMD ["cat", "/a.txt"]\n`, 'a.txt': 'lazy\n' });
  const has = (other: Sandbox, digest: string) => existsSync(other.path('data/content/blobs/sha256', digest.slice('sha256:'.length)));
  const downloads = () => registry.requests().split('\n').filter((line) => line.includes(`GET /v2/bases/busybox/blobs/${layer}`)).length;

  it('builds and pushes without downloading them', () => {
    const fresh = new Sandbox();
    try {
      const before = downloads();
      const name = `${registry.host}/apps/lazy:1`;
      fresh.ok('build', '-q', '-t', name, context());
      fresh.ok('push', name);
      expect(has(fresh, layer)).toBe(false);
      expect(downloads()).toBe(before);
      expect(fresh.ok('system', 'check')).not.toMatch(/lacks/);
      const pushed = JSON.parse(fresh.ok('manifest', 'inspect', name)) as { layers: { digest: string }[] };
      expect(pushed.layers.map(({ digest }) => digest)).toContain(layer);
      // Whoever pulls it has it whole.
      if (isRoot) {
        box.ok('pull', name);
        expect(box.ok('run', '--rm', name)).toBe('lazy');
      }
    } finally {
      fresh.dispose();
    }
  });

  it('fetches them when something needs them', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      expect(has(fresh, layer)).toBe(false);
      fresh.ok('image', 'prune', '-f');
      fresh.ok('save', '-o', fresh.path('app.tar'), 'app:1');
      expect(has(fresh, layer)).toBe(true);
      expect(execFileSync('tar', ['-tf', fresh.path('app.tar')], { encoding: 'utf8' })).toContain(layer.slice('sha256:'.length));
    } finally {
      fresh.dispose();
    }
  });

  it.skipIf(!isRoot)('runs and builds on such images (RUN needs root here)', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      const folder = fresh.tree('on-top', { Dockerfile: 'FROM app:1\nRUN cat /a.txt > /b.txt\n' });
      fresh.ok('build', '-q', '-t', 'app:2', folder);
      expect(fresh.ok('run', '--rm', 'app:2', 'cat', '/b.txt')).toBe('lazy');
      fresh.ok('rmi', 'app:2', 'app:1');
      fresh.ok('build', '-q', '-t', 'app:1', context());
      expect(fresh.ok('run', '--rm', 'app:1')).toBe('lazy');
    } finally {
      fresh.dispose();
    }
  });

  it('says what is missing when the registry has gone', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      registry.stop();
      expect(fresh.fail('save', '-o', fresh.path('app.tar'), 'app:1').stderr).toMatch(/localhost:\d+/);
      expect(readdirSync(fresh.folder)).not.toContain('app.tar');
    } finally {
      fresh.dispose();
    }
  });
});
