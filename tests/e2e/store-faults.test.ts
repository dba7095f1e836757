import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { MemoryRegistry } from '@caisson/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomKills } from './kills.js';
import { isRoot, Sandbox, untilTrue } from './support.js';

/** How many commands are killed: hundreds when it is asked for. */
const wanted = Number(process.env.CAISSON_FAULTS ?? 40);
const seed = Number(process.env.CAISSON_SEED ?? 20261121);

describe('the store, when commands are killed at random', () => {
  let box: Sandbox;
  let registry: string;
  beforeAll(async () => {
    box = new Sandbox();
    registry = await box.registry();
    const folder = box.tree('context', { Dockerfile: 'FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY more /more\n' });
    box.write('context/a', randomBytes(3_000_000));
    box.write('context/b', 'b'.repeat(8_000_000));
    for (let n = 0; n < 300; n++) box.write(`context/more/${n}`, `file ${n}`);
    box.ok('build', '-t', `${registry}/app:1`, folder);
    box.ok('push', '-q', `${registry}/app:1`);
    box.ok('save', '-o', box.path('app.tar'), `${registry}/app:1`);
  });
  afterAll(() => box.dispose());

  it(`goes on with the next command, and is found whole (seed ${seed})`, async () => {
    const kills = new RandomKills(box, seed);
    const { next } = kills;
    const image = `${registry}/app:1`;
    let serial = 0;
    const jobs: readonly { before(): void; args(): string[] }[] = [
      { before: () => box.run(['rmi', '-f', image]), args: () => ['pull', '-q', image] },
      { before: () => box.run(['rmi', '-f', image]), args: () => ['load', '-q', '-i', box.path('app.tar')] },
      { before: () => box.write('context/more/0', String(serial++)), args: () => ['build', '-q', '-t', 'built', box.path('context')] },
      { before: () => box.run(['load', '-q', '-i', box.path('app.tar')]), args: () => ['rmi', '-f', image] },
      { before: () => box.run(['rmi', '-f', 'built']), args: () => ['system', 'prune', '-af'] },
      { before: () => box.run(['load', '-q', '-i', box.path('app.tar')]), args: () => ['save', '-o', box.path('out.tar'), image] },
    ];
    for (let rounds = 0; kills.count < wanted; rounds++) {
      const job = jobs[Math.floor(next() * jobs.length)] ?? jobs[0];
      job?.before();
      const args = job?.args() ?? [];
      // Twice in a row now and then, so that what tidies up is killed as well.
      for (let again = next() < 0.3 ? 2 : 1; again > 0; again--) await kills.kill(args);
      if (rounds % 8 === 0) {
        const check = box.run(['system', 'check']);
        expect(`${args[0]}: ${check.stdout}${check.stderr}`).toContain('all is well');
      }
      const after = box.run(args);
      expect(`${args.join(' ')}: ${after.code} ${after.stderr}`).toBe(`${args.join(' ')}: 0 `.replace('0 ', args[0] === 'rmi' && after.code === 1 ? `1 ${after.stderr}` : `0 ${after.stderr}`));
    }
    box.ok('pull', '-q', image);
    expect(box.ok('system', 'check')).toContain('all is well');
    expect(box.ok('image', 'diff', image, image)).toBe('');
    // What was left half-done is gone with the next prune, and nothing that an image needs.
    box.ok('system', 'prune', '-f');
    expect(readdirSync(box.path('data/content/ingest')).filter((name) => name.startsWith('stage-'))).toEqual([]);
    expect(readdirSync(box.folder).filter((name) => name.startsWith('out.tar.') && name.endsWith('.part')).length).toBeLessThanOrEqual(kills.count);
  }, 60_000 + wanted * 10_000);
});

describe('an upload that is killed', () => {
  it('is gone on with by the next process', async () => {
    const box = new Sandbox();
    let slow = true;
    await using registry = await MemoryRegistry.start({
      // A slow line: the registry's own reading is held up.
      intercept: async (request) => {
        if (request.method === 'PATCH' && slow) throttle(request);
        return false;
      },
    });
    const received = () => Math.max(0, ...[...registry.repository('app').uploads.values()].map((upload) => upload.size));
    const exit = (args: string[]) => new Promise<number | null>((resolve) => box.spawn(args).once('close', resolve));
    try {
      const image = `${registry.host}/app:1`;
      const folder = box.tree('context', { Dockerfile: 'FROM scratch\nCOPY a /a\n' });
      const size = 30_000_000;
      box.write('context/a', randomBytes(size));
      box.ok('build', '-t', image, folder);
      const child = box.spawn(['push', '-q', image]);
      await untilTrue(() => received() > size / 3);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      slow = false;
      await untilTrue(() => received() > 0);
      const before = registry.requests.length;
      expect(await exit(['push', '-q', image])).toBe(0);
      const later = registry.requests.slice(before);
      // It asked for the upload that was there, and began no other for the layer.
      expect(later.filter(({ method, url }) => method === 'GET' && url.includes('/blobs/uploads/'))).toHaveLength(1);
      expect(later.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(1);
      box.ok('rmi', '-f', image);
      expect(await exit(['pull', '-q', image])).toBe(0);
      expect(box.ok('system', 'check')).toContain('all is well');
    } finally {
      box.dispose();
    }
  }, 60_000);
});

function throttle(request: IncomingMessage): void {
  const timer = setInterval(() => {
    request.pause();
    setTimeout(() => request.resume(), 15);
  }, 20);
  request.once('close', () => clearInterval(timer));
}

describe.skipIf(!isRoot)('a disk that is full or read-only (needs root to mount one)', () => {
  let box: Sandbox;
  const disk = (...parts: string[]) => box.path('disk', ...parts);
  beforeAll(() => {
    box = new Sandbox();
    mkdirSync(disk(), { recursive: true });
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk()]).status).toBe(0);
    box.env.CAISSON_ROOT = disk('data');
    const folder = box.tree('context', { Dockerfile: 'FROM scratch\nCOPY a /a\n' });
    box.write('context/a', randomBytes(9_000_000));
    box.write('large/Dockerfile', 'FROM scratch\nCOPY a /a\n');
    box.write('large/a', randomBytes(30_000_000));
    box.ok('build', '-t', 'small', folder);
    box.ok('save', '-o', box.path('small.tar'), 'small');
    const other = new Sandbox();
    other.ok('build', '-t', 'large', box.path('large'));
    other.ok('save', '-o', box.path('large.tar'), 'large');
    other.dispose();
  });
  afterAll(() => {
    spawnSync('umount', ['-l', disk()]);
    delete box.env.CAISSON_ROOT;
    box.dispose();
  });

  const told = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('caisson:'));

  it('is told of in one line, and leaves nothing half-done', () => {
    for (const args of [['load', '-i', box.path('large.tar')], ['build', '-t', 'large', box.path('large')], ['import', box.path('large.tar'), 'large']]) {
      const { stderr, code } = box.run(args);
      expect(code).toBe(1);
      expect(told(stderr)).toEqual([expect.stringContaining('no space left on the disk')]);
      expect(box.ok('images', '-q').split('\n')).toHaveLength(1);
      expect(box.ok('system', 'check')).toContain('all is well');
    }
    // There is room again for what fits.
    box.ok('system', 'prune', '-f');
    box.ok('rmi', 'small');
    box.ok('load', '-q', '-i', box.path('small.tar'));
    expect(box.ok('system', 'check')).toContain('all is well');
  });

  it('can be looked at read-only, and says so when it is written to', () => {
    box.ok('images');
    expect(spawnSync('mount', ['-o', 'remount,ro', disk()]).status).toBe(0);
    try {
      for (const args of [['tag', 'small', 'other'], ['load', '-i', box.path('small.tar')], ['build', '-t', 'x', box.path('context')], ['rmi', 'small'], ['system', 'prune', '-f'], ['image', 'copy', 'store:small', `oci:${disk('a/layout')}`]]) {
        const { code, stderr } = box.run(args);
        expect(code).toBe(1);
        expect(told(stderr)).toEqual([expect.stringMatching(/read-only|cannot be written to/)]);
      }
      expect(box.ok('images')).toContain('small');
      expect(box.ok('image', 'inspect', 'small')).toContain('sha256:');
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', disk()]);
    }
    expect(readFileSync(disk('data/content/oci-layout'), 'utf8')).toContain('1.0.0');
    rmSync(box.path('small.tar'));
  });
});
