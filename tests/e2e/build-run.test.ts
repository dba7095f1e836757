import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { lacking, OrdinaryUser, UserSandbox } from './ordinary-user.js';
import { cliPath, isRoot, leftovers, output, Sandbox, untilTrue } from './support.js';

const base = 'localhost/busybox:1';
const secret = 'hunter2-not-to-be-seen-anywhere';
const missing = lacking();

/** Every file below a folder that holds these bytes. */
function holding(folder: string, bytes: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(bytes));
}

const mountsOfEveryKind = `FROM ${base} AS tool
RUN <<"EOF" cat > /tool
$NOT expanded
EOF
FROM ${base}
SHELL ["/bin/sh", "-euc"]
RUN --mount=type=bind,source=src,target=/ctx --mount=type=bind,from=tool,source=/tool,target=/t/tool \\
    --mount=type=cache,id=c,target=/cache,sharing=locked,uid=1000,mode=0700 --mount=type=tmpfs,target=/tm,size=1m \\
    --mount=type=secret,id=token,mode=0444 --mount=type=secret,id=token,env=TOKEN --mount=type=ssh,required=true <<EOF
cat /ctx/a /t/tool > /out
stat -c '%u %a' /cache >> /out
! touch /ctx/x 2>/dev/null
! head -c 2000000 /dev/zero > /tm/large 2>/dev/null
test "$(cat /run/secrets/token)" = "$TOKEN"
echo "the secret is $TOKEN"
test -S "$SSH_AUTH_SOCK"
echo used >> /cache/uses
EOF
RUN --mount=type=bind,source=src,target=/ctx,rw --mount=type=cache,id=c,target=/cache,ro echo new > /ctx/a; wc -l < /cache/uses >> /out
RUN <<EOF
#!/bin/ash -e
mkdir /owned
echo "$0" | grep -q EOF
chown 1000:50 /owned
chmod 2750 /owned
EOF
COPY <<one <<-"two" /here/
expanded \${PATH:+yes}
one
	literal $PATH
	two
`;

const people: readonly [string, string | undefined, () => { box: Sandbox; end: () => void }][] = [
  ['root', isRoot ? undefined : 'the tests are not run by root', () => {
    const box = new Sandbox();
    return { box, end: () => box.dispose() };
  }],
  ['an ordinary user', missing, () => {
    const user = new OrdinaryUser();
    const box = new UserSandbox(user);
    return {
      box,
      end: () => {
        box.dispose();
        user[Symbol.dispose]();
      },
    };
  }],
];

for (const [who, why, make] of people)
  describe.skipIf(why !== undefined)(`RUN of ${who}${why === undefined ? '' : ` (${why})`}`, () => {
    let box: Sandbox;
    let end: () => void;
    let agent: Server;
    beforeAll(async () => {
      ({ box, end } = make());
      box.write('busybox.tar', busyboxRootfs());
      box.ok('import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), base);
      agent = createServer();
      await new Promise<void>((resolve) => agent.listen(box.path('agent.sock'), resolve));
      spawnSync('chmod', ['666', box.path('agent.sock')]);
    });
    afterAll(() => {
      agent?.close();
      end?.();
    });
    const inImage = (name: string, ...command: string[]) => box.ok('run', '--rm', '--network', 'none', name, ...command);

    it('has mounts of every kind, heredocs with any interpreter, and no trace of them in the image', () => {
      const folder = box.tree('mounts', { Dockerfile: mountsOfEveryKind, 'src/a': 'of the context\n', token: secret });
      const { stderr, code } = box.run(['build', '--progress', 'rawjson', '-t', 'mounts', '--secret', `id=token,src=${folder}/token`, '--ssh', `default=${box.path('agent.sock')}`, folder]);
      expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
      expect(stderr).toContain('the secret is ***');
      expect(stderr).not.toContain(secret);
      expect(inImage('mounts', 'cat', '/out')).toBe('of the context\n$NOT expanded\n1000 700\n1');
      expect(inImage('mounts', 'stat', '-c', '%u:%g %a', '/owned')).toBe('1000:50 2750');
      expect(inImage('mounts', 'sh', '-c', 'cat /here/one /here/two; ls -d /ctx /cache /tm /t /run/secrets /dev/pipes 2>/dev/null; true')).toBe('expanded yes\nliteral $PATH');
      expect(readFileSync(`${folder}/src/a`, 'utf8')).toBe('of the context\n');
    });

    it('keeps secrets out of layers, histories, keys, logs, events and errors', () => {
      const folder = box.tree('secrets', { Dockerfile: `FROM ${base}\nRUN --mount=type=secret,id=token,env=TOKEN,required=true echo "$TOKEN"; echo "$TOKEN" >&2; exit 3\n` });
      box.env['TOKEN_OF_USER'] = secret;
      const failed = box.fail('build', '--secret', 'id=token,env=TOKEN_OF_USER', folder);
      expect(failed.stderr).toMatch(/\*\*\*[\s\S]*exited with code 3/);
      expect(failed.stderr + failed.stdout).not.toContain(secret);
      const required = box.fail('build', folder);
      expect(required.stderr).toMatch(/the secret "token" is required[\s\S]*--secret id=token,src=FILE/);
      expect(box.ok('build', 'history', '--format', 'json') + box.ok('history', '--no-trunc', 'mounts') + box.ok('inspect', 'mounts')).not.toContain(secret);
      expect(holding(box.path('data'), secret)).toEqual([]);
      expect(holding(box.path('run'), secret)).toEqual([]);
      expect(readdirSync('/dev/shm').flatMap((name) => (name.startsWith('caisson-') && holding(join('/dev/shm', name), secret)) || [])).toEqual([]);
    });

    it('goes on where another process does the same, and where that one is killed', async () => {
      const folder = box.tree('shared', { Dockerfile: `FROM ${base}\nRUN --mount=type=cache,target=/cache echo >> /cache/n; sleep 1; cat /proc/sys/kernel/random/uuid > /id; wc -l < /cache/n > /times\n` });
      const [one, two] = await Promise.all(['one', 'two'].map((tag) => output(box.spawn(['build', '-q', '-t', tag, folder]))));
      expect([one?.code, two?.code, two?.stdout]).toEqual([0, 0, one?.stdout]);
      expect(inImage('one', 'cat', '/times')).toBe('1');
      box.write('shared/Dockerfile', `FROM ${base}\nRUN sleep 1; cat /proc/sys/kernel/random/uuid > /id\n`);
      const first = box.spawn(['build', '--progress', 'plain', folder]);
      let said = '';
      first.stderr?.on('data', (data: Buffer) => (said += data.toString()));
      await untilTrue(() => /RUN sleep/.test(said));
      const second = output(box.spawn(['build', '-q', '-t', 'second', folder]));
      await new Promise((resolve) => setTimeout(resolve, 700));
      first.kill('SIGKILL');
      expect(await second).toMatchObject({ code: 0 });
      expect(inImage('second', 'cat', '/id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(box.ok('system', 'check')).toMatch(/all is well/);
    });

    it('is ended by an interrupt, and the next build keeps what was done', async () => {
      const folder = box.tree('interrupted', { Dockerfile: `FROM ${base}\nRUN cat /proc/sys/kernel/random/uuid > /id\nCOPY a /a\nRUN sleep 60\n`, a: 'a' });
      const child = box.spawn(['build', '--progress', 'plain', '-t', 'interrupted', folder]);
      let said = '';
      child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
      await untilTrue(() => /RUN sleep/.test(said));
      child.kill('SIGINT');
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130);
      expect(box.ok('images', '-q', 'interrupted')).toBe('');
      expect(box.ok('ps', '-aq')).toBe('');
      if (who === 'root') expect(leftovers(box)).toEqual([]);
      box.write('interrupted/Dockerfile', `FROM ${base}\nRUN cat /proc/sys/kernel/random/uuid > /id\nCOPY a /a\nRUN true\n`);
      expect(box.run(['build', '--progress', 'plain', folder]).stderr.match(/CACHED/g)).toHaveLength(3);
      expect(box.ok('system', 'check')).toMatch(/all is well/);
    });

    it('copies and mounts nothing from outside the context, whatever links say', () => {
      const folder = box.tree('links', { Dockerfile: 'FROM scratch\nCOPY out /\n', 'in/a': 'a' });
      symlinkSync('/etc/passwd', `${folder}/out`);
      symlinkSync('../..', `${folder}/in/up`);
      expect(box.fail('build', folder).stderr).toMatch(/leads outside the build context[\s\S]*Dockerfile:2:1/);
      expect(box.fail('build', box.tree('links', { Dockerfile: 'FROM scratch\nCOPY in/up/agent.sock /\n' })).stderr).toMatch(/leads outside the build context/);
      expect(box.fail('build', box.tree('links', { Dockerfile: `FROM ${base}\nRUN --mount=type=bind,source=in/up,target=/m cat /m/busybox.tar\n` })).stderr).toMatch(/outside|there is no/);
      // As a link it may lie in a folder that is copied.
      box.ok('build', '-q', '-t', 'links', box.tree('links', { Dockerfile: 'FROM scratch\nCOPY in /\n' }));
    });
  });

/** A user for whom nothing can be run by the names of runtimes: in a mount namespace of its own for each command. */
class WithoutRuntime extends UserSandbox {
  protected override readonly launcher: readonly [string, ...string[]];

  constructor(user: OrdinaryUser) {
    super(user);
    const hide = 'for p in /usr/sbin/runc /usr/bin/runc /usr/bin/crun /usr/bin/conmon; do [ ! -e $p ] || mount --bind /dev/null $p; done; exec "$@"';
    this.launcher = ['unshare', '-m', 'sh', '-c', hide, 'sh', ...user.launcher, process.execPath, cliPath];
  }
}

describe.skipIf(missing !== undefined)(`builds of files alone, of an ordinary user where there is no runtime${missing === undefined ? '' : ` (${missing})`}`, () => {
  let user: OrdinaryUser;
  let box: UserSandbox;
  beforeAll(() => {
    user = new OrdinaryUser();
    box = new WithoutRuntime(user);
    box.write('busybox.tar', busyboxRootfs());
    box.ok('import', box.path('busybox.tar'), base);
  });
  afterAll(() => {
    box?.dispose();
    user?.[Symbol.dispose]();
  });

  it('work, are pushed, and say of a RUN what is missing', async () => {
    const folder = box.tree('files', { Dockerfile: `FROM ${base} AS tool\nFROM ${base}\nWORKDIR /app\nCOPY --chown=web:staff --chmod=u+x,go-w . .\nCOPY --from=tool /bin/busybox /tool\nADD data.tar /data/\nENV A=1\n`, 'sub/a': 'a', run: '#!/bin/sh\n' });
    writeFileSync(`${folder}/data.tar`, spawnSync('tar', ['-C', folder, '--owner=7', '--group=8', '-c', 'sub'], { maxBuffer: 1e8 }).stdout);
    const other = new Sandbox();
    try {
      const registry = await other.registry();
      const id = box.ok('build', '-q', '-t', `${registry}/files:1`, '--push', '-o', `type=oci,dest=${box.path('src/o.tar')}`, '-o', 'type=image', folder);
      expect(statSync(box.path('src/o.tar')).uid).toBe(user.uid);
      other.ok('pull', '-q', `${registry}/files:1`);
      expect(other.ok('images', '-q', '--no-trunc')).toBe(id);
      expect(other.ok('run', '--rm', '--network', 'none', `${registry}/files:1`, 'stat', '-c', '%u:%g %a', '/app/run', '/app/sub/a', '/tool', '/data/sub/a')).toBe('1000:50 744\n1000:50 744\n0:0 755\n7:8 644');
    } finally {
      other.dispose();
    }
    writeFileSync(`${folder}/Dockerfile`, `FROM ${base}\nRUN true\n`);
    expect(box.fail('build', folder).stderr).toMatch(/runc|runtime/);
    expect(box.ok('system', 'check')).toMatch(/all is well/);
  });
});

describe.skipIf(!isRoot)('a disk that becomes full (needs root to mount one)', () => {
  it('ends a build in one line wherever it happens, leaves nothing half-done, and keeps what was done', () => {
    const box = new Sandbox();
    const disk = (...parts: string[]) => box.path('disk', ...parts);
    const small = (...parts: string[]) => box.path('small', ...parts);
    for (const [path, size] of [[disk(), '64m'], [small(), '1m']] as const) {
      mkdirSync(path);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status).toBe(0);
    }
    box.env['CAISSON_ROOT'] = disk('data');
    try {
      box.write('busybox.tar', busyboxRootfs());
      box.ok('import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), base);
      const start = `FROM ${base}\nRUN cat /proc/sys/kernel/random/uuid > /id\n`;
      const folder = box.tree('full', { Dockerfile: start });
      box.write('full/large', Buffer.alloc(70_000_000, 1));
      box.write('full/medium', Buffer.alloc(2_000_000, 2));
      box.ok('build', '-q', '-t', 'good', folder);
      const told = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('caisson:'));
      const full = /no space left on the disk/;
      const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
        [`${start}COPY large /large\n`, [], full],
        // The command itself is told, and what it makes of that is its own.
        [`${start}RUN head -c 90000000 /dev/urandom > /large\n`, [], /exited with code 1/],
        // There is room for the file, and not for its layer as well.
        [`${start}RUN head -c 40000000 /dev/urandom > /large\n`, [], full],
        [start, ['-o', `type=oci,dest=${small('out.tar')}`], full],
        [start, ['-o', small('out')], full],
        [`${start}COPY medium /medium\n`, ['--cache-to', `type=local,dest=${small('cache')},mode=max,compression=uncompressed`], full],
      ];
      for (const [dockerfile, args, what] of cases) {
        box.write('full/Dockerfile', dockerfile);
        const { stderr, code } = box.run(['build', '--progress', 'plain', '-t', 'bad', ...args, folder]);
        expect(`${args.join(' ')} ${code} ${told(stderr).join()}`).toMatch(what);
        expect(told(stderr)).toHaveLength(1);
        expect(stderr).toMatch(/^#2 CACHED$/m);
        expect(box.ok('images', '-q', 'bad')).toBe('');
        expect(readdirSync(small()).filter((name) => /\.(?:tar|part)$/.test(name))).toEqual([]);
        for (const name of ['out', 'cache']) rmSync(small(name), { recursive: true, force: true });
        expect(box.ok('system', 'check')).toContain('all is well');
      }
      box.write('full/Dockerfile', `${start}RUN echo fits > /fits\n`);
      box.ok('build', '-q', '-t', 'bad', folder);
      expect(box.ok('run', '--rm', '--network', 'none', 'bad', 'cat', '/fits')).toBe('fits');
      expect(readdirSync(disk('data/scratch'))).toEqual([]);
    } finally {
      for (const path of [disk(), small()]) spawnSync('umount', ['-l', path]);
      box.dispose();
    }
  });
});
