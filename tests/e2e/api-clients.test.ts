import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaissonHost, outcome, program } from './api-support.js';
import { isRoot, untilTrue } from './support.js';

const python = spawnSync('/usr/bin/python3', ['-c', 'import docker']).status === 0;
const compose = program('docker-compose');

/** What the world has built for docker's API, used as its users would. */
describe.skipIf(!isRoot)('clients of the API (needs root to run containers)', () => {
  let host: CaissonHost;

  beforeAll(async () => {
    host = await CaissonHost.start();
  });
  afterAll(() => host.dispose());

  describe('dockerode', () => {
    const collect = (...streams: PassThrough[]) => {
      let text = '';
      for (const stream of streams) stream.on('data', (piece: Buffer) => (text += piece.toString()));
      return () => text;
    };

    it('runs a container', async () => {
      const docker = new Docker({ socketPath: host.socket });
      const stdout = new PassThrough();
      const read = collect(stdout);
      const [result, container] = (await docker.run('localhost/busybox:1', ['sh', '-c', 'echo from dockerode; exit 4'], stdout)) as [{ StatusCode: number }, Docker.Container];
      expect(result).toEqual({ StatusCode: 4 });
      expect(read()).toBe('from dockerode\r\n');
      await container.remove();
    });

    it('attaches, with input', async () => {
      const docker = new Docker({ socketPath: host.socket });
      const container = await docker.createContainer({ Image: 'localhost/busybox:1', Cmd: ['sh', '-c', 'cat; echo to stderr >&2'], OpenStdin: true, StdinOnce: true });
      const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const [out, err] = [collect(stdout), collect(stderr)];
      docker.modem.demuxStream(stream, stdout, stderr);
      await container.start();
      stream.write('hello ');
      stream.end('input\n');
      await once(stream, 'end');
      expect([out(), err()]).toEqual(['hello input\n', 'to stderr\n']);
      expect(await container.wait()).toEqual({ StatusCode: 0 });
      await container.remove();
    });

    it('runs commands in a container, with and without taking the connection over', async () => {
      const docker = new Docker({ socketPath: host.socket });
      const container = await docker.createContainer({ Image: 'localhost/busybox:1', Cmd: ['sleep', '600'] });
      await container.start();
      const exec = await container.exec({ Cmd: ['sh', '-c', 'read x; echo got $x; exit 9'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({ hijack: true, stdin: true });
      const stdout = new PassThrough();
      const read = collect(stdout);
      docker.modem.demuxStream(stream, stdout, stdout);
      stream.write('abc\n');
      await once(stream, 'end');
      expect(read()).toBe('got abc\n');
      expect(await exec.inspect()).toMatchObject({ ExitCode: 9, Running: false });
      const plain = await container.exec({ Cmd: ['echo', 'plain'], AttachStdout: true, Tty: true });
      const output = await plain.start({ Tty: true });
      const heard = new PassThrough();
      const all = collect(heard);
      output.pipe(heard);
      await once(output, 'end');
      expect(all()).toBe('plain\r\n');
      await container.remove({ force: true });
    });

    it('leaves a terminal by its keys', async () => {
      const docker = new Docker({ socketPath: host.socket });
      const container = await docker.createContainer({ Image: 'localhost/busybox:1', Cmd: ['cat'], Tty: true, OpenStdin: true });
      await container.start();
      const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
      stream.resume();
      stream.write('\u0010');
      stream.write('\u0011');
      await once(stream, 'end');
      expect((await container.inspect()).State.Running).toBe(true);
      await container.resize({ w: 100, h: 30 });
      await container.remove({ force: true });
    });

    it('builds, follows events and reads errors', async () => {
      const docker = new Docker({ socketPath: host.socket });
      const context = host.sandbox.tree('dockerode', { Dockerfile: 'FROM localhost/busybox:1\nCOPY f /f\nRUN cat /f\n', f: 'content\n' });
      const events = (await docker.getEvents({ filters: { type: ['image'] } })) as NodeJS.ReadableStream & { destroy(): void };
      const progress = await docker.buildImage({ context, src: ['Dockerfile', 'f'] }, { t: 'dockerode:1' });
      const lines = await new Promise<{ stream?: string; aux?: { ID: string } }[]>((resolve, reject) => docker.modem.followProgress(progress, (error, all) => (error ? reject(error) : resolve(all as { stream?: string }[]))));
      events.destroy();
      expect(lines.some((line) => line.stream === 'content\n')).toBe(true);
      expect(lines.find((line) => line.aux)?.aux?.ID).toMatch(/^sha256:/);
      expect((await docker.getImage('dockerode:1').inspect()).RepoTags).toEqual(['dockerode:1']);
      await docker.getImage('dockerode:1').remove();
      await expect(docker.getContainer('nosuch').inspect()).rejects.toMatchObject({ statusCode: 404, json: { message: 'No such container: nosuch' } });
      await expect(docker.createContainer({ Image: 'nosuch:1' })).rejects.toMatchObject({ statusCode: 404, json: { message: 'No such image: nosuch:1' } });
    });
  });

  it('testcontainers', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { DOCKER_HOST: `unix://${host.socket}`, TESTCONTAINERS_RYUK_DISABLED: 'true', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' });
    try {
      const { GenericContainer, Wait } = await import('testcontainers');
      const container = await new GenericContainer('localhost/busybox:1')
        .withCommand(['sh', '-c', 'mkdir /w; echo served > /w/f; echo ready; httpd -f -p 8080 -h /w'])
        .withExposedPorts(8080)
        .withWaitStrategy(Wait.forLogMessage('ready'))
        .start();
      await untilTrue(async () => (await (await fetch(`http://${container.getHost()}:${container.getMappedPort(8080)}/f`)).text()) === 'served\n');
      await container.copyContentToContainer([{ content: 'copied', target: '/c.txt' }]);
      expect(await container.exec(['cat', '/c.txt'])).toMatchObject({ output: 'copied', exitCode: 0 });
      await container.stop();
      expect(host.ok('ps', '-aq')).toBe('');
    } finally {
      process.env = before;
    }
  });

  it.skipIf(!python)('docker’s Python client (needs python3-docker)', () => {
    const script = `
import docker, io, itertools, tarfile
c = docker.from_env(timeout=30)
assert c.ping()
assert c.containers.run('localhost/busybox:1', 'echo hi', remove=True) == b'hi\\n'
try:
    c.containers.run('localhost/busybox:1', 'sh -c "echo bad >&2; exit 3"', remove=True)
    raise SystemExit('no error')
except docker.errors.ContainerError as e:
    assert e.exit_status == 3 and e.stderr == b'bad\\n', (e.exit_status, e.stderr)
x = c.containers.run('localhost/busybox:1', ['sh', '-c', 'while true; do echo tick; sleep 0.1; done'], detach=True, name='py', labels={'a': 'b'})
assert [k.name for k in c.containers.list(filters={'label': 'a=b'})] == ['py']
assert x.exec_run('echo in').output == b'in\\n'
assert x.exec_run(['sh', '-c', 'echo o; echo e >&2'], demux=True).output == (b'o\\n', b'e\\n')
assert list(itertools.islice(x.logs(stream=True), 2)) == [b'tick\\n', b'tick\\n']
assert x.stats(stream=False)['memory_stats']['usage'] > 0
b = io.BytesIO()
t = tarfile.open(fileobj=b, mode='w')
i = tarfile.TarInfo('up.txt'); i.size = 2
t.addfile(i, io.BytesIO(b'ok')); t.close()
assert x.put_archive('/', b.getvalue())
bits, stat = x.get_archive('/up.txt')
assert stat['size'] == 2 and tarfile.open(fileobj=io.BytesIO(b''.join(bits))).extractfile('up.txt').read() == b'ok'
x.stop(timeout=0); x.reload()
assert x.status == 'exited' and x.wait()['StatusCode'] == 137
x.remove()
im, log = c.images.build(fileobj=io.BytesIO(b'FROM localhost/busybox:1\\nRUN echo built'), tag='py:1')
assert im.tags == ['py:1'], im.tags
c.images.remove('py:1')
try:
    c.containers.get('nosuch'); raise SystemExit('no error')
except docker.errors.NotFound as e:
    assert e.explanation == 'No such container: nosuch'
v = c.volumes.create('pv'); assert v.name == 'pv'; v.remove()
n = c.networks.create('pn'); assert n.name == 'pn'; n.remove()
`;
    expect(outcome(spawnSync('/usr/bin/python3', ['-c', script], { env: host.env, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL' }))).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.skipIf(compose === '')('docker-compose (needs docker-compose)', async () => {
    const folder = host.sandbox.tree('project', {
      'docker-compose.yml': `version: "3.3"
services:
  web:
    build: .
    command: sh -c "mkdir /w; echo served > /w/f; httpd -f -p 8080 -h /w"
    ports: ["127.0.0.1::8080"]
    volumes: ["data:/data"]
  client:
    image: localhost/busybox:1
    command: sleep 600
    depends_on: [web]
volumes: {data: {}}
`,
      Dockerfile: 'FROM localhost/busybox:1\nRUN echo built > /built\n',
    });
    const run = (...args: string[]) => outcome(spawnSync(compose, args, { cwd: folder, env: host.env, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL' }));
    const up = run('up', '-d');
    expect(up.code, up.stderr).toBe(0);
    const address = run('port', 'web', '8080').stdout.trim();
    await untilTrue(async () => (await (await fetch(`http://${address}/f`)).text()) === 'served\n');
    expect(run('exec', '-T', 'client', 'wget', '-q', '-O', '-', 'http://web:8080/f')).toMatchObject({ code: 0, stdout: 'served\n' });
    expect(run('ps').stdout).toMatch(/project_web_1 .* Up /);
    expect(run('run', '--rm', '-T', 'web', 'cat', '/built')).toMatchObject({ code: 0, stdout: expect.stringContaining('built') as string });
    expect(run('down', '-v', '-t', '0').code).toBe(0);
    expect(host.ok('ps', '-aq')).toBe('');
    expect(host.ok('volume', 'ls', '-q')).toBe('');
  });
});
