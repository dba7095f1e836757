import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, CaissonHost, debianDockerCli, hasDockerd, program, startDockerd } from './api-support.js';
import { isRoot, untilTrue } from './support.js';

const plain = { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' };

interface Scenario {
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly input?: string;
  /** Run in the image that was made; what it prints must be the same. */
  readonly run?: readonly string[];
  /** Printed by a step. */
  readonly log?: RegExp;
  /** The failure. */
  readonly fails?: RegExp;
}

const base = 'FROM localhost/busybox:1\n';

/** Both hosts must come to the same ends, images and logs. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'copies from the context, without what is left out': {
    files: { Dockerfile: `${base}COPY . /c\nRUN find /c | sort\n`, '.dockerignore': '*.log\nsecret\n!keep.log\n', 'a.log': '', 'keep.log': '', 'secret/x': '', 'src/b c': '' },
    run: ['sh', '-c', 'find /c | sort'],
    log: /\/c\/src\/b c/,
  },
  'has an ignore file for one Dockerfile': { files: { 'docker/app.Dockerfile': `${base}COPY . /c\n`, 'docker/app.Dockerfile.dockerignore': 'no\n', '.dockerignore': 'yes\n', yes: '', no: '' }, args: ['-f', 'docker/app.Dockerfile'], run: ['sh', '-c', 'find /c | sort'] },
  'takes arguments, a target, labels, hosts and a network': {
    files: { Dockerfile: `${base.trim()} AS one\nARG A=0\nENV A=$A\nRUN echo "A is $A"; grep h1 /etc/hosts; ip link | grep -c mtu\nFROM one\nRUN exit 3\n` },
    args: ['--no-cache', '--target', 'one', '--build-arg', 'A=5', '--label', 'x=y', '--add-host', 'h1:10.1.2.3', '--network', 'none'],
    run: ['sh', '-c', 'echo $A'],
    log: /A is 5[^]*10\.1\.2\.3\s+h1[^]* 1\n/,
  },
  'takes a Dockerfile from standard input': { files: { f: 'from the context' }, args: ['-f', '-'], input: `${base}COPY f /f\n`, run: ['cat', '/f'] },
  'builds without a context': { files: {}, args: ['-'], input: `${base}RUN echo made > /f\n`, run: ['cat', '/f'] },
  'gives a secret to the step that asks': { files: { Dockerfile: `${base}RUN --mount=type=secret,id=one sha256sum < /run/secrets/one\n`, 'token.txt': 'hush' }, args: ['--no-cache', '--secret', 'id=one,src=token.txt'], log: / [0-9a-f]{64}  -\n/ },
  'fails with a step': { files: { Dockerfile: `${base}RUN echo before; exit 9\n` }, log: / before\n/, fails: /exit(?:ed with)? code:? 9/ },
  'fails for a file that is not there': { files: { Dockerfile: `${base}COPY nosuch /\n` }, fails: /nosuch/ },
  'fails for an instruction that is none': { files: { Dockerfile: `${base}RUNN true\n` }, fails: /unknown instruction: RUNN/ },
  'fails without a Dockerfile': { files: { f: '' }, fails: /failed to read dockerfile/ },
  'fails without a secret that is needed': { files: { Dockerfile: `${base}RUN --mount=type=secret,id=gone,required cat /run/secrets/gone\n` }, fails: /gone/ },
};

describe.skipIf(!isRoot || debianDockerCli === '')('docker build through BuildKit’s session (needs root and Debian’s docker.io)', () => {
  let caisson: CaissonHost;
  let docker: { host: ApiHost; stop(): Promise<void> } | undefined;
  let number = 0;

  beforeAll(async () => {
    caisson = await CaissonHost.start();
    if (hasDockerd) docker = await startDockerd(caisson.sandbox, caisson.sandbox.path('busybox.tar'));
  }, 90_000);

  afterAll(async () => {
    await docker?.stop();
    await caisson.dispose();
  });

  const folder = (files: Readonly<Record<string, string>>) => {
    const path = caisson.sandbox.path(`context-${number++}`);
    mkdirSync(path, { recursive: true });
    caisson.sandbox.tree(basename(path), files);
    return path;
  };
  const build = (host: ApiHost, cwd: string, args: readonly string[], more: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {}) => host.docker(['build', ...args, ...(args.includes('-') && !args.includes('-f') ? [] : ['.'])], { cli: debianDockerCli, cwd, ...more, env: { ...plain, ...more.env } });
  const ok = (cwd: string, args: readonly string[], more?: Parameters<typeof build>[3]) => {
    const outcome = build(caisson, cwd, args, more);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    return outcome;
  };

  it.each(Object.entries(scenarios))('%s, as dockerd does', (_name, { files, args = [], input, run, log, fails }) => {
    const cwd = folder(files);
    for (const host of [caisson, ...(docker ? [docker.host] : [])]) {
      const { code, stderr } = build(host, cwd, ['-t', 'made:1', ...args], input === undefined ? {} : { input });
      expect(code, stderr).toBe(fails ? 1 : 0);
      if (log) expect(stderr).toMatch(log);
      if (fails) expect(stderr).toMatch(fails);
    }
    const printed = (host: ApiHost) => host.ok('run', '--rm', 'made:1', ...(run ?? []));
    if (run && docker) expect(printed(caisson)).toBe(printed(docker.host));
  });

  it('shows what comes from the cache, what each step prints, and the lines that a failure is about', () => {
    const cwd = folder({ Dockerfile: `${base}RUN echo first\nRUN echo second; exit 4\n` });
    const first = build(caisson, cwd, []).stderr;
    expect(first).toMatch(/#\d+ \[2\/3\] RUN echo first\n[^]*#\d+ \d+\.\d+ first\n[^]*#\d+ DONE \d+\.\ds\n/);
    expect(first).toMatch(/Dockerfile:3\n-+\n {3}1 \| {5}FROM localhost\/busybox:1\n {3}2 \| {5}RUN echo first\n {3}3 \| >>> RUN echo second; exit 4\n-+\n/);
    expect(build(caisson, cwd, []).stderr).toMatch(/RUN echo first\n(?:.*\n)?#\d+ CACHED\n/);
  });

  it('says the image’s ID alone when it is to be quiet', () => {
    const cwd = folder({ Dockerfile: `${base}ENV Q=1\n` });
    const { stdout } = ok(cwd, ['-q', '--iidfile', 'iid']);
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(readFileSync(join(cwd, 'iid'), 'utf8')).toBe(stdout.trim());
    expect(caisson.ok('inspect', '-f', '{{.Id}}', stdout.trim())).toBe(stdout.trim());
  });

  it('takes a context from standard input', () => {
    const cwd = folder({ Dockerfile: `${base}COPY f /f\n`, f: 'tarred' });
    const tar = spawnSync('tar', ['-C', cwd, '-c', '.']).stdout;
    ok(cwd, ['-t', 'tarred:1', '-'], { input: tar });
    expect(caisson.ok('run', '--rm', 'tarred:1', 'cat', '/f')).toBe('tarred');
  });

  it('is sent only what has changed since the last time', () => {
    const cwd = folder({ Dockerfile: `${base}COPY . /c\n`, small: 'x', big: 'y'.repeat(3_000_000) });
    const sent = () => /transferring context: ([\d.]+[kM]?B)(?: [\d.]+s)? done/.exec(ok(cwd, ['-t', 'changed:1']).stderr.replace(/^[^]*load build context/, ''))?.[1];
    expect(sent()).toMatch(/^3\.\d+MB$/);
    writeFileSync(join(cwd, 'small'), 'changed');
    expect(sent()).toMatch(/^\d+B$/);
    expect(caisson.ok('run', '--rm', 'changed:1', 'sh', '-c', 'cat /c/small; wc -c < /c/big')).toBe('changed3000000');
    rmSync(join(cwd, 'small'));
    ok(cwd, ['-t', 'changed:1']);
    expect(caisson.ok('run', '--rm', 'changed:1', 'ls', '/c')).toBe('Dockerfile\nbig');
    caisson.ok('builder', 'prune', '-af');
    expect(readdirSync(caisson.sandbox.path('data/contexts'))).toEqual([]);
    expect(sent()).toMatch(/^3\.\d+MB$/);
  });

  it('asks for no files that no step reads', () => {
    expect(ok(folder({ Dockerfile: `${base}RUN true\n`, big: 'y'.repeat(100_000) }), []).stderr).not.toContain('load build context');
  });

  it('sends what it makes to the client, as a folder or a tar', () => {
    const cwd = folder({ Dockerfile: `${base.trim()} AS make\nRUN mkdir -p /o/d && echo made > /o/d/f && chmod 750 /o/d/f && ln -s d/f /o/l\nFROM scratch\nCOPY --from=make /o /\n` });
    ok(cwd, ['--output', 'out']);
    expect(readFileSync(join(cwd, 'out/d/f'), 'utf8')).toBe('made\n');
    expect(lstatSync(join(cwd, 'out/d/f')).mode & 0o777).toBe(0o750);
    expect(readlinkSync(join(cwd, 'out/l'))).toBe('d/f');
    ok(cwd, ['--output', 'type=tar,dest=out.tar']);
    expect(spawnSync('tar', ['-tf', join(cwd, 'out.tar')], { encoding: 'utf8' }).stdout).toBe('d/\nd/f\nl\n');
  });

  it.skipIf(program('ssh-agent') === '')('leads a step to the client’s SSH agent (needs ssh-agent)', () => {
    const cwd = folder({ Dockerfile: `${base}COPY lib/ /\nCOPY ssh-add /bin/\nRUN --mount=type=ssh,required ssh-add -l\n` });
    const libraries = spawnSync('sh', ['-c', 'ldd "$(command -v ssh-add)" | grep -o "/[^ ]*"'], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const library of libraries) {
      mkdirSync(dirname(join(cwd, 'lib', library)), { recursive: true });
      copyFileSync(library, join(cwd, 'lib', library));
    }
    copyFileSync(program('ssh-add'), join(cwd, 'ssh-add'));
    chmodSync(join(cwd, 'ssh-add'), 0o755);
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'a-test-key', '-f', join(cwd, 'key')]);
    const [, socket = '', pid = '0'] = /SSH_AUTH_SOCK=([^;]+);[^]*SSH_AGENT_PID=(\d+)/.exec(spawnSync('ssh-agent', ['-s'], { encoding: 'utf8' }).stdout) ?? [];
    try {
      spawnSync('ssh-add', [join(cwd, 'key')], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      expect(ok(cwd, ['--ssh', 'default'], { env: { SSH_AUTH_SOCK: socket } }).stderr).toMatch(/#\d+ [\d.]+ 256 SHA256:\S+ a-test-key \(ED25519\)/);
      expect(build(caisson, cwd, ['--no-cache'])).toMatchObject({ code: 1, stderr: expect.stringContaining('the SSH agent "default" is required') as string });
    } finally {
      process.kill(Number(pid));
    }
  });

  it('shows a registry what its client has logged in with, and uses its cache', async () => {
    const address = await caisson.sandbox.registry({ name: 'me', password: 'secret' });
    const cwd = folder({ Dockerfile: `${base}RUN date +%N > /made\n` });
    expect(caisson.docker(['login', '-u', 'me', '--password-stdin', address], { input: 'secret' }).code).toBe(0);
    ok(cwd, ['-t', `${address}/app:1`, '--build-arg', 'BUILDKIT_INLINE_CACHE=1']);
    caisson.ok('push', `${address}/app:1`);
    const made = () => caisson.ok('run', '--rm', `${address}/app:1`, 'cat', '/made');
    const first = made();
    const forget = () => {
      caisson.ok('rmi', '-f', `${address}/app:1`);
      caisson.ok('builder', 'prune', '-af');
    };
    forget();
    const from = folder({ Dockerfile: `FROM ${address}/app:1\nRUN cat /made\n` });
    expect(ok(from, ['--pull']).stderr).toContain(first);
    forget();
    expect(ok(cwd, ['-t', `${address}/app:1`, '--cache-from', `${address}/app:1`]).stderr).toContain('CACHED');
    expect(made()).toBe(first);
    forget();
    caisson.docker(['logout', address]);
    expect(build(caisson, from, ['--pull'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/authentication required/) as string });
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('stops what only a client wanted that goes by %s', async (signal) => {
    const seconds = String(4_000_000 + Math.floor(Math.random() * 1_000_000));
    const cwd = folder({ Dockerfile: `${base}RUN sleep ${seconds}\n` });
    const sleeps = () => spawnSync('pgrep', ['-f', `^sleep ${seconds}$`], { encoding: 'utf8' }).stdout !== '';
    const client: ChildProcess = spawn(debianDockerCli, ['build', '.'], { cwd, env: { ...caisson.env, ...plain }, stdio: 'ignore' });
    const ended = new Promise((resolve) => client.once('exit', resolve));
    await untilTrue(sleeps);
    client.kill(signal);
    await ended;
    await untilTrue(() => !sleeps());
    // The folder that it sent is free for the next build.
    writeFileSync(join(cwd, 'Dockerfile'), `${base}COPY Dockerfile /\n`);
    ok(cwd, []);
  });

  it('builds for several clients at once, of one folder too', async () => {
    const cwd = folder({ Dockerfile: `${base}ARG N\nCOPY f /f\nRUN echo $N > /n; cat /f >> /n\n`, f: 'common' });
    const codes = await Promise.all(
      [1, 2, 3, 4].map((n) => new Promise((resolve) => spawn(debianDockerCli, ['build', '-q', '-t', `many:${n}`, '--build-arg', `N=${n}`, '.'], { cwd, env: { ...caisson.env, ...plain }, stdio: 'ignore' }).once('exit', resolve))),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(caisson.ok('run', '--rm', 'many:3', 'cat', '/n')).toBe('3\ncommon');
  });

  it('refuses sessions and builds that make no sense', async () => {
    const upgrade = { Connection: 'Upgrade', Upgrade: 'h2c' };
    expect((await caisson.call('GET', '/_ping')).headers['builder-version']).toBe('2');
    expect(await caisson.call('POST', '/session', { headers: upgrade })).toMatchObject({ status: 400 });
    expect(await caisson.call('POST', '/session', { headers: { 'X-Docker-Expose-Session-Uuid': 'a' } })).toMatchObject({ status: 400 });
    expect(await caisson.call('POST', '/session', { headers: { ...upgrade, Upgrade: 'websocket', 'X-Docker-Expose-Session-Uuid': 'a' } })).toMatchObject({ status: 400 });
    expect(await caisson.call('POST', '/build?version=2')).toMatchObject({ status: 400, body: expect.stringContaining('needs a session') as string });
    expect(await caisson.call('POST', '/build?version=2&session=nosuch&remote=client-session')).toMatchObject({ status: 400, body: expect.stringContaining('no active session for nosuch') as string });
    expect(await caisson.call('POST', '/build/cancel?id=nosuch')).toMatchObject({ status: 204 });
  });

  it.skipIf(program('docker-compose') === '')('is what compose builds with (needs docker-compose)', () => {
    const cwd = folder({ 'docker-compose.yml': 'version: "3.7"\nservices:\n  app:\n    build:\n      context: app\n      args: { A: composed }\n    command: cat /o\n', 'app/Dockerfile': `${base}ARG A\nCOPY f /f\nRUN echo $A > /o\n`, 'app/f': '' });
    const compose = (...args: string[]) => spawnSync('docker-compose', ['-p', 'kit', ...args], { cwd, env: { ...caisson.env, ...plain, COMPOSE_DOCKER_CLI_BUILD: '1', PATH: `${join(debianDockerCli, '..')}:${process.env.PATH}` }, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL' });
    try {
      const { stdout, stderr } = compose('up', '--build');
      expect(`${stdout}${stderr}`).toContain('[internal] load build definition');
      expect(stdout).toContain('composed');
    } finally {
      compose('down');
    }
  });

  it('leaves nothing of builds but what makes the next ones quicker', () => {
    expect(spawnSync('sh', ['-c', `ls ${caisson.sandbox.path('data/contexts')} | grep -v ^kept-`], { encoding: 'utf8' }).stdout).toBe('');
    expect(existsSync(caisson.sandbox.path('data/scratch')) ? spawnSync('ls', [caisson.sandbox.path('data/scratch')], { encoding: 'utf8' }).stdout : '').toBe('');
  });
});
