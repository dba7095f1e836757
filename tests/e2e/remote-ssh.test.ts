import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installed } from './hosts.js';
import { SshServer, sshdInstalled } from './ssh-server.js';
import { cliPath, freePort, isRoot, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';

/** Through OpenSSH's own client and server, to the engine of a machine where no daemon runs. */
describe.runIf(isRoot && installed('runc') && sshdInstalled())('ssh hosts (needs root, runc and openssh-server)', () => {
  /** Has the engine over there. */
  const there = Sandbox.withBase();
  /** Has settings of its own, and a data root that nothing may come to. */
  const here = new Sandbox();
  let server: SshServer;
  const at = (args: readonly string[], options: Parameters<Sandbox['run']>[1] = {}) => here.run(['-H', server.host, ...args], options);
  const ok = (...args: string[]) => here.ok('-H', server.host, ...args);

  beforeAll(async () => {
    server = await SshServer.start(there, here);
  });
  afterEach(() => server.client());
  afterAll(async () => {
    await server?.stop();
    there.dispose();
    here.dispose();
  });

  it('runs containers, with their output, input and exit codes', () => {
    expect(ok('images', '--format', '{{.Repository}}')).toBe('localhost/busybox');
    expect(at(['run', '--rm', '--network', 'none', image, 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    const input = randomBytes(3_000_000);
    const { code, stdout, stderr } = at(['run', '--rm', '-i', '--network', 'none', image, 'md5sum'], { input });
    expect([code, stdout, stderr]).toEqual([0, `${createHash('md5').update(input).digest('hex')}  -\n`, '']);
    expect(at(['run', '--rm', '--network', 'none', image, 'no-such-program']).code).toBe(127);
    expect(here.ok('ps', '-aq')).toBe('');
  });

  it('follows logs, runs more in a container, and lets go of it', async () => {
    ok('run', '-d', '--name', 'long', '--network', 'none', image, 'sh', '-c', 'echo first; until [ -e /go ]; do sleep 0.1; done; echo last');
    expect(ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('long running');
    const follower = here.spawn(['-H', server.host, 'logs', '-f', 'long']);
    const followed = output(follower);
    await new Promise((resolve) => follower.stdout?.once('data', resolve));
    expect(at(['exec', '-i', 'long', 'cat'], { input: 'through' })).toEqual({ code: 0, stdout: 'through', stderr: '' });
    expect(at(['exec', 'long', 'sh', '-c', 'touch /go; exit 3']).code).toBe(3);
    expect(await followed).toEqual({ code: 0, stdout: 'first\nlast\n', stderr: '' });
    expect(ok('rm', '-f', 'long')).toBe('long');
  });

  it('builds from a folder here', () => {
    const folder = here.tree('context', { Dockerfile: `FROM ${image}\nCOPY . /app/\nRUN cat /app/file\n`, file: 'from here' });
    ok('build', '-q', '-t', 'localhost/built:1', folder);
    expect(ok('run', '--rm', '--network', 'none', 'localhost/built:1', 'cat', '/app/file')).toBe('from here');
    expect(there.ok('images', '-q', 'localhost/built:1')).not.toBe('');
    ok('rmi', 'localhost/built:1');
  });

  it('hands ctrl-c to the container, and not to ssh', async () => {
    // In a process group of its own, as a shell starts it; the terminal signals the whole group.
    const child = spawn(process.execPath, [cliPath, '-H', server.host, 'run', '--rm', '--network', 'none', image, 'sh', '-c', 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done'], { env: here.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const done = output(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await done).toEqual({ code: 5, stdout: 'ready\ncaught\n', stderr: '' });
  });

  it('leaves no ssh behind when ctrl-c ends the following of logs', async () => {
    ok('run', '-d', '--name', 'on', '--network', 'none', image, 'sh', '-c', 'echo ready; sleep 1000');
    const child = spawn(process.execPath, [cliPath, '-H', server.host, 'logs', '-f', 'on'], { env: here.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const done = output(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await done).toEqual({ code: 0, stdout: 'ready\n', stderr: '' });
    await untilTrue(() => !spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.includes(`-p ${server.port} `));
    ok('rm', '-f', 'on');
  });

  it('is chosen by DOCKER_HOST and by a context', () => {
    here.ok('context', 'create', 'over', '--docker', `host=${server.host}`);
    const id = ok('images', '-q', image);
    expect(here.ok('--context', 'over', 'images', '-q', image)).toBe(id);
    expect(spawnSync(process.execPath, [cliPath, 'images', '-q', image], { env: { ...here.env, DOCKER_HOST: server.host }, encoding: 'utf8' }).stdout.trim()).toBe(id);
    expect(here.ok('images', '-q', image)).toBe('');
  });

  it.runIf(installed('docker'))('serves docker’s own command line by a context of its own (needs docker)', () => {
    there.write('there/docker', `#!/bin/sh\nexec ${there.path('there/caisson')} "$@"\n`, 0o755);
    const docker = (...args: string[]) => spawnSync('docker', args, { env: here.env, encoding: 'utf8', timeout: 100_000 });
    try {
      expect(docker('context', 'create', 'dockers', '--docker', `host=${server.host}`).status).toBe(0);
      const id = here.ok('--context', 'dockers', 'images', '-q', image);
      expect(docker('--context', 'dockers', 'images', '-q', image)).toMatchObject({ stdout: `${id}\n`, stderr: '' });
      expect(docker('--context', 'dockers', 'run', '--rm', '--network', 'none', image, 'sh', '-c', 'echo over; exit 4')).toMatchObject({ stdout: 'over\n', stderr: '', status: 4 });
    } finally {
      rmSync(there.path('there/docker'));
    }
  });

  describe('that cannot be used', () => {
    const failure = (host = server.host) => {
      const { code, stderr } = here.fail('-H', host, 'ps');
      const lines = stderr.trim().split('\n');
      return { code, line: lines[0], hints: lines.slice(1).filter((line) => line.startsWith('hint: ')), others: lines.slice(1).filter((line) => !line.startsWith('hint: ')) };
    };
    const refused = (pattern: RegExp, hint: RegExp) => ({ code: 1, line: expect.stringMatching(pattern) as string, hints: [expect.stringMatching(hint) as string], others: [] });

    it('where nothing listens', async () => {
      const port = await freePort();
      expect(failure(`ssh://root@127.0.0.1:${port}`)).toEqual(refused(/ssh to 127\.0\.0\.1: .*port \d+: Connection refused/, new RegExp(`ssh -p ${port} root@127\\.0\\.0\\.1`)));
    });

    it('with a key that is not let in', () => {
      server.client({ key: 'stranger' });
      expect(failure()).toEqual(refused(/ssh to 127\.0\.0\.1: .*Permission denied \(publickey\)/, /ssh -p/));
    });

    it('whose host key is not known', () => {
      server.client({ knownHosts: 'no_hosts' });
      expect(failure()).toEqual(refused(/ssh to 127\.0\.0\.1: Host key verification failed/, /ssh -p/));
    });

    it('whose host key is another than before', () => {
      server.client({ knownHosts: 'wrong_hosts' });
      expect(failure()).toEqual(refused(/ssh to 127\.0\.0\.1: Host key verification failed/, /ssh -p/));
    });

    it('where neither caisson nor docker is on the PATH', () => {
      const [name, away] = [there.path('there/caisson'), there.path('there/away')];
      renameSync(name, away);
      try {
        expect(failure()).toEqual(refused(/ssh to 127\.0\.0\.1: neither docker nor caisson is on the PATH there/, /install/));
      } finally {
        renameSync(away, name);
      }
    });

    it('from where ssh is not installed', () => {
      here.env.PATH = here.path('nothing');
      expect(failure()).toEqual(refused(/ssh is not installed here/, /through the ssh program/));
    });
  });
});
