import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomKills } from './kills.js';
import { isRoot, leftovers, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';
/** How many commands are killed: hundreds when it is asked for. */
const wanted = Number(process.env.CAISSON_FAULTS ?? 80);
const seed = Number(process.env.CAISSON_SEED ?? 20261121);

/** A sandbox that remembers the containers it has had. */
class Campaign extends Sandbox {
  readonly ids = new Set<string>();
}

/** What of a sandbox's containers is left on the host: mounts, processes, namespaces, interfaces, rules, fifos, requests. */
function remains(box: Campaign): string[] {
  const list = (folder: string) => {
    try {
      return readdirSync(box.path('run', folder)).map((name) => `${folder}/${name}`);
    } catch {
      return [];
    }
  };
  const folders = ['containers', 'runc', 'owners', 'netns', 'published', 'shm', 'attendant'].flatMap(list);
  const bridges = (JSON.parse(box.ok('network', 'inspect', 'bridge')) as { Options: Record<string, string> }[]).map(({ Options }) => Options['com.docker.network.bridge.name'] ?? '');
  const links = bridges.flatMap((bridge) => spawnSync('ip', ['-o', 'link', 'show', 'master', bridge], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean));
  const cgroups = spawnSync('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-path', '*/caisson/*', '-type', 'd'], { encoding: 'utf8' }).stdout.split('\n').filter((path) => box.ids.has(path.split('/').at(-1) ?? ''));
  return [...leftovers(box), ...folders, ...links, ...cgroups];
}

describe.skipIf(!isRoot)('commands killed at random (needs root to run containers)', () => {
  let box: Campaign;
  beforeAll(() => {
    box = new Campaign();
    const base = Sandbox.withBase();
    base.ok('save', '-o', box.path('base.tar'), image);
    base.dispose();
    box.ok('load', '-q', '-i', box.path('base.tar'));
    box.ok('run', '--rm', image, 'true');
  });
  afterAll(() => box?.dispose());

  /** One that removes itself may be quicker. */
  function removeAll(ids: readonly string[]): void {
    const { code, stderr } = box.run(['rm', '-f', ...ids]);
    const complaints = stderr.split('\n').filter((line) => line !== '' && !/No such container|^hint:/.test(line));
    expect({ code: complaints.length === 0 ? 0 : code, complaints }).toEqual({ code: 0, complaints: [] });
  }

  it(`leave nothing behind that the next command does not put right (${wanted} of them, seed ${seed})`, { timeout: 120_000 + wanted * 5000 }, async () => {
    const kills = new RandomKills(box, seed);
    const { next } = kills;
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
    for (let runs = 0; kills.count < wanted; runs++) {
      const name = `c${runs % 5}`;
      const network = pick([['--network', 'none'], [], ['-p', `127.0.0.1::80`]]);
      const command = pick([
        () => ['create', '--name', name, ...network, image, 'sleep', '60'],
        () => ['run', '-d', '--name', name, ...network, image, 'sleep', '60'],
        () => ['run', '-d', '--name', name, '--health-cmd', 'true', '--health-interval', '100ms', ...network, image, 'sleep', '60'],
        () => ['run', '--rm', ...network, image, 'sleep', '0.05'],
        () => ['start', name],
        () => ['stop', '-t', '0', name],
        () => ['rm', '-f', name],
        () => ['rm', '-f', name],
        () => ['restart', '-t', '0', name],
      ])();
      await kills.kill(command, `${command[0]} ${network[0] ?? ''}`);
      // Whatever state it was left in, looking at it and cleaning up must work.
      if (runs % 10 === 9) {
        const { code, stdout, stderr } = box.run(['ps', '-aq', '--no-trunc']);
        expect(stderr).toBe('');
        expect(code).toBe(0);
        const ids = stdout.split('\n').filter(Boolean);
        for (const id of ids) box.ids.add(id);
        if (ids.length > 0 && next() < 0.5) removeAll(ids);
      }
    }
    const ids = box.ok('ps', '-aq', '--no-trunc').split('\n').filter(Boolean);
    for (const id of ids) box.ids.add(id);
    if (ids.length > 0) removeAll(ids);
    box.ok('system', 'check', '--repair');
    expect(box.ok('system', 'check')).toMatch(/all is well/);
    await untilTrue(() => remains(box).length === 0).catch(() => expect(remains(box)).toEqual([]));
    expect(box.ok('run', '--rm', image, 'echo', 'well')).toBe('well');
  });

  it('run containers many at a time', { timeout: 180_000 }, async () => {
    const runs = Array.from({ length: 100 }, async (_, index) => {
      await sleep(index * 5);
      return output(box.spawn(['run', '--rm', image, 'echo', String(index)]));
    });
    for (const [index, { code, stdout, stderr }] of (await Promise.all(runs)).entries()) expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${index}\n`, stderr: '' });
    expect(box.ok('ps', '-aq')).toBe('');
    await untilTrue(() => remains(box).length === 0).catch(() => expect(remains(box)).toEqual([]));
    expect(box.ok('system', 'check')).toMatch(/all is well/);
  });

  it('take one name once, however many ask for it', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => output(box.spawn(['create', '--name', 'wanted', '--network', 'none', image, 'true']))));
    expect(outcomes.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const { code, stderr } of outcomes) if (code !== 0) expect(stderr).toMatch(/the name wanted is already in use by container/);
    box.ok('rm', 'wanted');
  });

  it('remove a container that others are starting', async () => {
    for (let round = 0; round < 5; round++) {
      box.ok('create', '--name', 'torn', '--network', 'none', image, 'sleep', '60');
      const [start, remove] = await Promise.all([output(box.spawn(['start', 'torn'])), output(box.spawn(['rm', '-f', 'torn']))]);
      expect(remove).toMatchObject({ code: 0, stderr: '' });
      if (start.code !== 0) expect(start.stderr).toMatch(/No such container|being removed/);
      expect(box.ok('ps', '-aq')).toBe('');
    }
    await untilTrue(() => remains(box).length === 0).catch(() => expect(remains(box)).toEqual([]));
  });
});
