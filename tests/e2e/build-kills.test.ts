import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomKills } from './kills.js';
import { isRoot, leftovers, Sandbox, untilTrue } from './support.js';

const base = 'localhost/busybox:1';
/** Builds that are killed: hundreds when it is asked for. */
const wanted = Number(process.env.CAISSON_FAULTS ?? 12);
const seed = Number(process.env.CAISSON_SEED ?? 20261121);

/** A build with every phase: hashing a context, layers of COPY, two RUN at once, capture, an image, an archive, a push, caches. */
const dockerfile = `FROM ${base} AS one
COPY many /many
RUN --mount=type=cache,target=/cache,id=kills head -c 4000000 /dev/urandom > /one; echo >> /cache/n
FROM ${base} AS two
RUN --mount=type=secret,id=token --mount=type=tmpfs,target=/tmp mkdir -p /two/a/b && for i in 1 2 3 4 5 6 7 8; do echo $i > /two/a/b/$i; done
FROM ${base}
COPY --from=one /one /one
COPY --from=two /two /two
COPY changing /changing
RUN cat /changing > /seen && rm -rf /two/a
`;

describe.skipIf(!isRoot)(`builds that are killed (RUN needs root here)`, () => {
  let box: Sandbox;
  let folder: string;
  let registry: string;
  const list = (folder: string) => (existsSync(box.path(folder)) ? readdirSync(box.path(folder)) : []);
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
    folder = box.tree('context', { Dockerfile: dockerfile, changing: '0', '.dockerignore': 'Dockerfile\n', token: 'not-to-be-seen' });
    for (let n = 0; n < 300; n++) box.write(`context/many/${n % 10}/${n}`, `file ${n}`);
    box.write('context/many/large', randomBytes(6_000_000));
  });
  afterAll(() => box?.dispose());

  const args = (...more: string[]) => ['build', '--progress', 'plain', '--secret', `id=token,src=${folder}/token`, '-t', 'app', ...more, folder];

  it(`leave no image, no container and no mount behind, and the next goes on from what they had (seed ${seed})`, { timeout: 120_000 + wanted * 20_000 }, async () => {
    const kills = new RandomKills(box, seed);
    const kinds: readonly (readonly string[])[] = [
      [],
      ['-o', `type=oci,dest=${box.path('out.tar')},compression=zstd`, '-o', 'type=image'],
      ['-o', `type=image,name=${registry}/app:1,push=true`],
      ['--cache-to', `type=local,dest=${box.path('cache')},mode=max`],
      ['--no-cache'],
    ];
    const seen = () => box.ok('run', '--rm', '--network', 'none', 'app', 'sh', '-c', 'cat /seen; ls -d /two /two/a 2>/dev/null; true');
    let serial = 0;
    let image = '';
    for (let round = 0; kills.count < wanted; round++) {
      const kind = kinds[round % kinds.length] ?? [];
      box.write('context/changing', String(++serial));
      // A new file of the context now and then, so that layers are made anew in each phase.
      if (kills.next() < 0.4) box.write(`context/many/new${serial}`, 'x'.repeat(serial));
      const was = await kills.kill(args(...kind), kind.join(' '));
      const now = box.run(['image', 'inspect', '-f', '{{.Id}}', 'app']).stdout.trim();
      // Killed with nothing left to do but to end, it has its image already: a whole one then.
      if (was && now !== image) expect(seen()).toBe(`${serial}/two`);
      if (round % 5 === 4) {
        const check = box.run(['system', 'check']);
        expect(`${kind.join(' ')}: ${check.stdout}${check.stderr}`).toContain('all is well');
        box.ok(...args('--progress', 'quiet', ...kind));
        expect(seen()).toBe(`${serial}/two`);
      }
      image = box.run(['image', 'inspect', '-f', '{{.Id}}', 'app']).stdout.trim();
    }
    // One that comes to its end clears up after those that did not.
    const last = box.run(args());
    expect(last).toMatchObject({ code: 0 });
    box.ok('build', '-q', '--no-cache', box.tree('sweeper', { Dockerfile: `FROM ${base}\nRUN true\n` }));
    await untilTrue(() => leftovers(box).length === 0).catch(() => expect(leftovers(box)).toEqual([]));
    expect(list('data/scratch')).toEqual([]);
    expect({ mounts: list('run/mounts'), netns: list('run/netns'), runc: list('run/runc') }).toEqual({ mounts: [], netns: [], runc: [] });
    for (const id of list('run/networks')) expect(execFileSync('ip', ['-o', 'link', 'show', 'master', `cs-${id.slice(0, 10)}`], { encoding: 'utf8' })).toBe('');
    expect(box.ok('ps', '-aq')).toBe('');
    expect(box.ok('build', 'history')).toMatch(/died/);
    expect(box.ok('system', 'check')).toContain('all is well');
    const again = box.run(args());
    expect(again.stderr.match(/CACHED/g)).toHaveLength(10);
  });
});
