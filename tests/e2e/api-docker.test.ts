import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, CaissonHost, debianDockerCli, dockerCli, hasDockerd, startDockerd } from './api-support.js';
import { isRoot, untilTrue, type Outcome } from './support.js';

interface Step {
  readonly args: readonly string[];
  readonly input?: string;
  /** What it prints differs for a good reason: only the exit code is compared. */
  readonly codeOnly?: boolean;
  /** Its lines have no order. */
  readonly anyOrder?: boolean;
}

const run = (...args: string[]): Step => ({ args });

/** The everyday use of docker's command line. Both hosts run each step; exit codes and, but for what is masked, outputs must be the same. */
const scenarios: Readonly<Record<string, readonly Step[]>> = {
  'runs to an end': [run('run', '--rm', 'localhost/busybox:1', 'echo', 'hello'), run('run', '--rm', 'localhost/busybox:1', 'sh', '-c', 'echo out; echo err >&2; exit 7'), run('ps', '-aq')],
  'takes standard input': [{ args: ['run', '-i', '--rm', 'localhost/busybox:1', 'cat'], input: 'one\ntwo\n' }, { args: ['run', '-i', '--rm', 'localhost/busybox:1', 'wc', '-c'], input: 'x'.repeat(300_000) }],
  'fails as it should': [
    run('run', '--rm', 'localhost/busybox:1', 'nosuch'),
    run('run', '--rm', 'localhost/busybox:1', '/etc'),
    run('inspect', 'nosuch'),
    run('rm', 'nosuch'),
    run('stop', 'nosuch'),
    run('logs', 'nosuch'),
    run('rmi', 'nosuch'),
    run('volume', 'rm', 'nosuch'),
    run('network', 'rm', 'nosuch'),
    run('exec', 'nosuch', 'true'),
    run('run', '--name', '!bad', 'localhost/busybox:1'),
  ],
  'keeps a container': [
    run('run', '-d', '--name', 'web', '--label', 'tier=front', '-e', 'A=b', 'localhost/busybox:1', 'sh', '-c', 'echo started; sleep 600'),
    run('ps', '--format', '{{.Names}} {{.Image}} {{.Command}} {{.State}} {{.Label "tier"}}'),
    run('ps', '-q', '--filter', 'label=tier=back'),
    run('ps', '--filter', 'name=we', '--filter', 'status=running', '--format', '{{.Names}}'),
    run('exec', 'web', 'sh', '-c', 'echo $A; exit 3'),
    { args: ['exec', '-i', 'web', 'cat'], input: 'into exec' },
    run('exec', '-u', 'nosuch', 'web', 'true'),
    run('exec', '-u', '0:nosuch', 'web', 'true'),
    run('exec', '-d', '-u', 'nosuch', 'web', 'true'),
    run('exec', '-w', '/tmp', '-e', 'X=y', '-u', '1000', 'web', 'sh', '-c', 'pwd; echo $X; id -u'),
    run('logs', 'web'),
    run('inspect', '-f', '{{.Name}} {{.State.Status}} {{index .Config.Env 0}} {{.Config.Labels}} {{.State.Running}} {{.RestartCount}}', 'web'),
    run('rename', 'web', 'site'),
    run('pause', 'site'),
    run('ps', '--format', '{{.Names}} {{.State}}'),
    run('unpause', 'site'),
    run('create', '--name', 'site', 'localhost/busybox:1'),
    run('rm', 'site'),
    run('stop', '-t', '0', 'site'),
    run('wait', 'site'),
    run('ps', '-a', '--format', '{{.Names}} {{.State}}'),
    run('start', 'site'),
    run('kill', 'site'),
    run('kill', 'site'),
    run('rm', '-f', 'site'),
  ],
  'copies files': [
    run('run', '-d', '--name', 'files', 'localhost/busybox:1', 'sleep', '600'),
    run('exec', 'files', 'sh', '-c', 'mkdir /d; echo text > /d/f; ln -s f /d/l'),
    { args: ['cp', 'files:/d/f', '-'], codeOnly: true },
    run('cp', 'files:/nosuch', '-'),
    { args: ['diff', 'files'], anyOrder: true },
    run('rm', '-f', 'files'),
  ],
  'has volumes and networks': [
    run('volume', 'create', 'v1'),
    run('run', '--rm', '-v', 'v1:/data', 'localhost/busybox:1', 'sh', '-c', 'echo kept > /data/f'),
    run('run', '--rm', '-v', 'v1:/data:ro', 'localhost/busybox:1', 'sh', '-c', 'cat /data/f; touch /data/g'),
    run('volume', 'ls', '-q'),
    run('volume', 'inspect', '-f', '{{.Name}} {{.Driver}} {{.Scope}}', 'v1'),
    run('volume', 'rm', 'v1'),
    run('network', 'create', 'n1'),
    run('network', 'create', 'n1'),
    run('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}'),
    run('network', 'inspect', '-f', '{{.Name}} {{.Driver}} {{.Internal}} {{.EnableIPv6}} {{len .Containers}}', 'n1'),
    run('network', 'rm', 'n1'),
    run('network', 'rm', 'bridge'),
  ],
  'has images': [
    run('tag', 'localhost/busybox:1', 'other:2'),
    { ...run('images', '--format', '{{.Repository}}:{{.Tag}}'), anyOrder: true },
    run('images', '-q', '--filter', 'reference=other'),
    run('inspect', '-f', '{{.RepoTags}} {{.Os}} {{.Architecture}} {{.Config.Cmd}} {{len .RootFS.Layers}}', 'other:2'),
    run('rmi', 'other:2'),
    run('create', '--name', 'user', 'localhost/busybox:1', 'true'),
    run('rmi', 'localhost/busybox:1'),
    run('commit', '-m', 'kept', '-c', 'ENV X=1', 'user', 'kept:1'),
    run('inspect', '-f', '{{.Config.Env}} {{.Config.Cmd}}', 'kept:1'),
    run('rm', 'user'),
    run('rmi', 'kept:1'),
    run('pull', 'localhost:1/nosuch'),
  ],
  'builds': [
    { args: ['build', '-q', '-t', 'built:1', '-'], input: 'FROM localhost/busybox:1\nARG A=1\nENV B=$A\nRUN echo "$B" > /f\nCMD ["cat", "/f"]\n', codeOnly: true },
    run('run', '--rm', 'built:1'),
    { args: ['build', '-q', '--build-arg', 'A=2', '-t', 'built:2', '-'], input: 'FROM localhost/busybox:1\nARG A=1\nENV B=$A\nRUN echo "$B" > /f\nCMD ["cat", "/f"]\n', codeOnly: true },
    run('run', '--rm', 'built:2'),
    { args: ['build', '-'], input: 'FROM localhost/busybox:1\nRUN exit 9\n', codeOnly: true },
    { args: ['build', '-'], input: 'FROM\n', codeOnly: true },
    run('rmi', '-f', 'built:1', 'built:2'),
  ].map((step) => (step.args[0] === 'rmi' ? { ...step, codeOnly: true } : step)),
  'speaks of itself': [run('version', '--format', '{{.Server.Os}}'), run('info', '--format', '{{.OSType}} {{.Swarm.LocalNodeState}} {{.NCPU}}'), run('node', 'ls'), run('service', 'ls'), run('swarm', 'leave'), run('plugin', 'ls'), run('system', 'df', '--format', '{{.Type}}')],
};

/** IDs, times and what else is never the same twice. */
function mask({ code, stdout, stderr }: Outcome) {
  const hide = (text: string) =>
    text
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')
      .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, 'ID')
      .replaceAll(/\d+(?:\.\d+)?(?:\/\d+(?:\.\d+)?)+ ms/g, 'TIMES')
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, 'ADDRESS');
  return { code, stdout: hide(stdout), failed: stderr !== '' };
}

describe.skipIf(!isRoot || dockerCli === '')('docker’s command line (needs root and docker’s command line)', () => {
  let caisson: CaissonHost;
  let docker: { host: ApiHost; stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    caisson = await CaissonHost.start();
    if (hasDockerd) docker = await startDockerd(caisson.sandbox, caisson.sandbox.path('busybox.tar'));
  });

  afterAll(async () => {
    await docker?.stop();
    await caisson.dispose();
  });

  it.each(Object.entries(scenarios))('%s, as on dockerd', (_name, steps) => {
    const of = (host: ApiHost) =>
      steps.map((step) => {
        const result = mask(host.docker(step.args, { env: { DOCKER_API_VERSION: '1.41' }, ...(step.input === undefined ? {} : { input: step.input }) }));
        return { args: step.args.join(' '), code: result.code, ...(step.codeOnly ? {} : { stdout: step.anyOrder ? result.stdout.split('\n').sort() : result.stdout, failed: result.failed }) };
      });
    const ours = of(caisson);
    // Without a dockerd beside, the exit codes that docker documents.
    if (docker) expect(ours).toEqual(of(docker.host));
    else expect(ours.map(({ code }) => code >= 0 && code <= 137)).not.toContain(false);
  }, 180_000);

  it('speaks the newest API with the newest client, and loses no output', () => {
    for (let n = 0; n < 10; n++) expect(caisson.ok('run', '--rm', 'localhost/busybox:1', 'echo', `line ${n}`)).toBe(`line ${n}`);
    expect(caisson.ok('version', '--format', '{{.Server.APIVersion}}')).toBe('1.51');
  });

  it.skipIf(debianDockerCli === '')('speaks with an old client (needs Debian’s docker.io)', () => {
    const old = (...args: string[]) => caisson.docker(args, { cli: debianDockerCli });
    expect(old('run', '--rm', 'localhost/busybox:1', 'echo', 'old')).toMatchObject({ code: 0, stdout: 'old\n' });
    expect(caisson.docker(['build', '-'], { cli: debianDockerCli, input: 'FROM localhost/busybox:1\n' })).toMatchObject({ code: 0 });
  });

  it('follows logs, events and stats until they are over', async () => {
    caisson.ok('run', '-d', '--name', 'talks', 'localhost/busybox:1', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.2; done');
    expect(caisson.ok('logs', '-f', 'talks')).toBe('1\n2\n3');
    expect(caisson.ok('logs', '--tail', '1', 'talks')).toBe('3');
    expect(caisson.ok('logs', '-t', 'talks')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z 1\n/);
    const seen = () => caisson.ok('events', '--since', '1m', '--until', '0s', '--filter', 'container=talks', '--format', '{{.Action}}').split('\n');
    await untilTrue(() => seen().includes('die'));
    expect(seen()[0]).toBe('create');
    expect(seen()).toContain('start');
    expect(seen()).not.toContain('attach');
    caisson.ok('rm', 'talks');
    caisson.ok('run', '--name', 'shown', 'localhost/busybox:1', 'true');
    const shown = () => caisson.ok('events', '--since', '1m', '--until', '0s', '--filter', 'container=shown', '--filter', 'type=container', '--format', '{{.Action}}').split('\n');
    await untilTrue(() => shown().includes('die'));
    expect(shown().slice(0, 3)).toEqual(['create', 'attach', 'start']);
    caisson.ok('rm', 'shown');
    caisson.ok('run', '-d', '--name', 'busy', 'localhost/busybox:1', 'sleep', '60');
    expect(caisson.ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'busy')).toBe('busy 1');
    expect(caisson.ok('top', 'busy', '-o', 'pid,args')).toMatch(/sleep 60/);
    expect(caisson.ok('ps', '-s', '--format', '{{.Names}} {{.Size}}')).toMatch(/^busy \d\S* \(virtual /);
    caisson.ok('rm', '-f', 'busy');
  });

  it('tells the process of an exec', async () => {
    caisson.ok('run', '-d', '--name', 'execs', 'localhost/busybox:1', 'sleep', '600');
    const create = async (body: object) => (JSON.parse((await caisson.call('POST', '/containers/execs/exec', { body: JSON.stringify(body) })).body) as { Id: string }).Id;
    const inspect = async (id: string) => JSON.parse((await caisson.call('GET', `/exec/${id}/json`)).body) as { Pid: number; Running: boolean; ExitCode: number | null };
    for (const Tty of [false, true]) {
      const id = await create({ Cmd: ['sleep', '601'], Tty });
      expect(await inspect(id)).toMatchObject({ Pid: 0, Running: false, ExitCode: null });
      expect((await caisson.call('POST', `/exec/${id}/start`, { body: JSON.stringify({ Detach: true, Tty }) })).status).toBe(200);
      const { Pid: pid } = await inspect(id);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe(['sleep', '601', ''].join('\u0000'));
      process.kill(pid, 'SIGKILL');
      await untilTrue(async () => !(await inspect(id)).Running);
      expect(await inspect(id)).toMatchObject({ ExitCode: 137 });
    }
    caisson.ok('rm', '-f', 'execs');
  });

  // Where these tests run, dockerd may have no rights to make networks of its own.
  it('joins containers by networks, and publishes ports', async () => {
    caisson.ok('network', 'create', '--label', 'a=b', 'net');
    caisson.ok('run', '-d', '--name', 'one', '--network', 'net', '--network-alias', 'uno', '-p', '127.0.0.1::8080', 'localhost/busybox:1', 'sh', '-c', 'mkdir /w; echo served > /w/f; httpd -f -p 8080 -h /w');
    expect(caisson.docker(['run', '--rm', '--network', 'net', 'localhost/busybox:1', 'ping', '-c1', '-q', 'uno']).code).toBe(0);
    const address = caisson.ok('port', 'one', '8080');
    await untilTrue(async () => (await (await fetch(`http://${address}/f`)).text()) === 'served\n');
    expect(caisson.ok('network', 'inspect', '-f', '{{range .Containers}}{{.Name}}{{end}} {{.Labels}}', 'net')).toBe('one map[a:b]');
    expect(caisson.docker(['network', 'rm', 'net']).stderr).toContain('has active endpoints');
    caisson.ok('network', 'disconnect', 'net', 'one');
    caisson.ok('network', 'connect', '--alias', 'again', 'net', 'one');
    await untilTrue(() => caisson.docker(['run', '--rm', '--network', 'net', 'localhost/busybox:1', 'ping', '-c1', '-W1', '-q', 'again']).code === 0);
    caisson.ok('rm', '-f', 'one');
    caisson.ok('network', 'rm', 'net');
  });

  it('pushes and pulls', async () => {
    const registry = await caisson.sandbox.registry();
    caisson.ok('tag', 'localhost/busybox:1', `${registry}/box:1`);
    expect(caisson.ok('push', `${registry}/box:1`)).toMatch(/1: digest: sha256:[0-9a-f]{64} size: \d+/);
    caisson.ok('rmi', `${registry}/box:1`);
    expect(caisson.ok('pull', `${registry}/box:1`)).toMatch(/Status: (?:Downloaded newer image|Image is up to date) for/);
    expect(caisson.docker(['pull', `${registry}/nosuch:1`]).stderr).toMatch(/manifest for .* not found|manifest unknown/);
    expect(caisson.docker(['run', '--rm', `${registry}/box:1`, 'echo', 'pulled']).stdout).toBe('pulled\n');
  });

  it('logs in, and shows a registry what it was given', async () => {
    const address = await caisson.sandbox.registry({ name: 'me', password: 'secret' });
    caisson.ok('tag', 'localhost/busybox:1', `${address}/box:1`);
    expect(caisson.docker(['push', `${address}/box:1`])).toMatchObject({ code: 1, stderr: expect.stringMatching(/unauthorized|no basic auth|denied|credentials/i) as string });
    expect(caisson.docker(['login', '-u', 'me', '--password-stdin', address], { input: 'wrong' })).toMatchObject({ code: 1, stderr: expect.stringContaining('unauthorized') as string });
    expect(caisson.docker(['login', '-u', 'me', '--password-stdin', address], { input: 'secret' })).toMatchObject({ code: 0, stdout: expect.stringContaining('Login Succeeded') as string });
    expect(caisson.ok('push', `${address}/box:1`)).toContain('digest: sha256:');
    caisson.ok('rmi', `${address}/box:1`);
    expect(caisson.ok('pull', `${address}/box:1`)).toContain('Digest: sha256:');
    expect(caisson.docker(['build', '--pull', '-q', '-'], { input: `FROM ${address}/box:1\nRUN true\n` }).code).toBe(0);
    expect(JSON.parse((await caisson.call('GET', `/distribution/${address}/box:1/json`, { headers: { 'X-Registry-Auth': Buffer.from('{"username":"me","password":"secret"}').toString('base64url') } })).body)).toMatchObject({ Platforms: [{ os: 'linux' }] });
  });

  it('saves and loads', () => {
    const archive = caisson.sandbox.path('saved.tar');
    caisson.ok('tag', 'localhost/busybox:1', 'saved:1');
    caisson.ok('save', '-o', archive, 'saved:1', 'localhost/busybox:1');
    caisson.ok('rmi', 'saved:1');
    expect(caisson.ok('load', '-i', archive)).toContain('Loaded image: saved:1');
    if (docker) expect(docker.host.ok('load', '-i', archive)).toContain('Loaded image: saved:1');
  });

  it('leaves containers running when it ends, and finds them again', async () => {
    caisson.ok('run', '-d', '--name', 'stays', 'localhost/busybox:1', 'sleep', '600');
    const before = caisson.ok('inspect', '-f', '{{.State.Pid}}', 'stays');
    expect(await caisson.stop()).toBe(0);
    await caisson.start();
    expect(caisson.ok('inspect', '-f', '{{.State.Status}} {{.State.Pid}}', 'stays')).toBe(`running ${before}`);
    expect(await caisson.stop('SIGKILL')).toBe(null);
    await caisson.start();
    expect(caisson.ok('exec', 'stays', 'echo', 'still there')).toBe('still there');
    caisson.ok('rm', '-f', 'stays');
  });
});
