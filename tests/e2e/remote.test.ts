import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { Host, installed } from './hosts.js';
import { cliPath, isRoot, Sandbox } from './support.js';

const image = 'localhost/busybox:1';

/** The command line, on hosts that are not its own. */
for (const [name, program, start] of [
  ["Caisson's daemon", 'runc', () => Host.caisson()],
  ["Debian's dockerd", 'dockerd', () => Host.dockerd()],
] as const)
  describe.runIf(isRoot && installed(program))(`the command line on ${name}`, () => {
    const sandbox = new Sandbox();
    let host: Host;
    const at = () => `unix://${host.socket}`;
    const remote = (...args: string[]) => sandbox.ok('-H', at(), ...args);
    beforeAll(async () => {
      host = await start();
      remote('import', '-c', 'CMD ["/bin/sh"]', '-c', 'ENV PATH=/bin:/usr/bin', sandbox.write('busybox.tar', busyboxRootfs()), image);
    });
    afterAll(async () => {
      sandbox.dispose();
      await host?.[Symbol.asyncDispose]();
    });

    it('runs containers, with their output, input and exit codes', () => {
      expect(sandbox.run(['-H', at(), 'run', '--rm', '--network', 'none', image, 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
      expect(sandbox.run(['-H', at(), 'run', '--rm', '-i', '--network', 'none', image, 'md5sum'], { input: 'typed' }).stdout).toContain(createHash('md5').update('typed').digest('hex'));
      expect(sandbox.run(['-H', at(), 'run', '--rm', '--network', 'none', image, 'no-such-program']).code).toBe(127);
    });

    it('lives with a container from its start to its removal', () => {
      remote('run', '-d', '--name', 'long', '--label', 'tier=test', '--network', 'none', image, 'sh', '-c', 'echo started; sleep 100; true');
      expect(remote('ps', '--format', '{{.Names}} {{.State}} {{.Label "tier"}}')).toBe('long running test');
      expect(remote('exec', 'long', 'cat', '/proc/1/comm')).toBe('sh');
      expect(sandbox.run(['-H', at(), 'exec', '-i', 'long', 'cat'], { input: 'through' }).stdout).toBe('through');
      expect(sandbox.run(['-H', at(), 'exec', 'long', 'sh', '-c', 'exit 3']).code).toBe(3);
      expect(remote('logs', 'long')).toBe('started');
      expect(remote('inspect', '-f', '{{.State.Status}} {{if .State.Health}}checked{{else}}unchecked{{end}} {{json .Config.Labels}}', 'long')).toBe('running unchecked {"tier":"test"}');
      sandbox.write('given.txt', 'copied');
      remote('cp', sandbox.path('given.txt'), 'long:/tmp/given.txt');
      expect(remote('exec', 'long', 'cat', '/tmp/given.txt')).toBe('copied');
      expect(remote('top', 'long')).toContain('sleep 100');
      remote('rename', 'long', 'longer');
      expect(remote('stop', '-t', '0', 'longer')).toBe('longer');
      expect(remote('rm', 'longer')).toBe('longer');
      expect(remote('ps', '-aq')).toBe('');
    });

    it('builds from a folder here', () => {
      const folder = sandbox.tree('context', { Dockerfile: `FROM ${image}\nCOPY . /app/\nRUN cat /app/file\n`, file: 'from here', '.dockerignore': 'secret', secret: 'x' });
      remote('build', '-q', '-t', 'localhost/built:1', folder);
      expect(remote('run', '--rm', '--network', 'none', 'localhost/built:1', 'ls', '/app').split('\n').sort()).toContain('file');
      expect(remote('run', '--rm', '--network', 'none', 'localhost/built:1', 'ls', '-a', '/app')).not.toContain('secret');
      expect(remote('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain('localhost/built:1');
      remote('rmi', 'localhost/built:1');
    });

    it('shows the files of an image, and what differs between two', () => {
      remote('build', '-q', '-t', 'localhost/more:1', '--network', 'none', sandbox.tree('more', { Dockerfile: `FROM ${image}\nCOPY note /etc/note\nRUN rm /etc/group\n`, note: 'new' }));
      expect(remote('image', 'files', 'localhost/more:1', '/etc')).toContain('note');
      expect(remote('image', 'diff', image, 'localhost/more:1')).toMatch(/A .*etc\/note[^]*D .*etc\/group|D .*etc\/group[^]*A .*etc\/note/);
      remote('rmi', 'localhost/more:1');
    });

    it('shows volumes, networks and the host', () => {
      remote('volume', 'create', 'data');
      expect(remote('volume', 'ls', '-q')).toBe('data');
      expect(remote('volume', 'inspect', '-f', '{{.Driver}}', 'data')).toBe('local');
      remote('volume', 'rm', 'data');
      expect(remote('network', 'ls', '--format', '{{.Name}}').split('\n')).toEqual(expect.arrayContaining(['bridge', 'host', 'none']));
      expect(remote('info', '-f', '{{.OSType}}')).toBe('linux');
      expect(remote('version', '-f', '{{.Server.Os}}')).toBe('linux');
    });

    it('is chosen by DOCKER_HOST, by a context, and by its being in use', () => {
      sandbox.ok('context', 'create', 'there', '--docker', `host=${at()}`);
      const id = remote('images', '-q', image);
      expect(sandbox.ok('--context', 'there', 'images', '-q', image)).toBe(id);
      expect(spawnSync(process.execPath, [cliPath, 'images', '-q', image], { env: { ...sandbox.env, DOCKER_HOST: at() }, encoding: 'utf8' }).stdout.trim()).toBe(id);
      expect(sandbox.ok('images', '-q', image)).toBe('');
      sandbox.ok('context', 'use', 'there');
      expect(sandbox.ok('images', '-q', image)).toBe(id);
      expect(sandbox.ok('--context', 'default', 'images', '-q', image)).toBe('');
      expect(sandbox.fail('system', 'check').stderr).toMatch(/system check works on this host's own engine only.*chose context there/);
      sandbox.ok('context', 'use', 'default');
      sandbox.ok('context', 'rm', 'there');
    });

    it('tells in one line what is wrong', () => {
      for (const args of [['inspect', 'nobody'], ['start', 'nobody'], ['run', '--pull', 'never', 'localhost/none:1'], ['rmi', 'localhost/none:1'], ['network', 'rm', 'nothing'], ['volume', 'inspect', 'nothing']]) {
        const { stderr, code } = sandbox.fail('-H', at(), ...args);
        expect(code).toBe(args[0] === 'run' ? 125 : 1);
        expect(stderr.trim().split('\n').filter((line) => !line.startsWith('hint:')), args.join(' ')).toHaveLength(1);
      }
    });
  });

describe.runIf(isRoot)('hosts that are not there (needs root to run containers)', () => {
  it.each([
    ['unix:///nonexistent/x.sock', /no engine listens on unix:.*there is no such socket/],
    ['tcp://127.0.0.1:1', /no engine listens on tcp:.*refused/],
    ['nonsense://x', /the scheme nonsense is not known/],
    ['ssh://-oProxyCommand=x', /must not begin with a dash|names no host/],
  ])('%s', (host, message) => {
    const sandbox = new Sandbox();
    try {
      const { code, stderr } = sandbox.fail('-H', host, 'ps');
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    } finally {
      sandbox.dispose();
    }
  });
});

describe.runIf(isRoot && installed('runc'))('dial-stdio (needs root and runc)', () => {
  it('is an engine on standard input and output, without a daemon', async () => {
    const sandbox = Sandbox.withBase();
    const folder = mkdtempSync(join(tmpdir(), 'caisson-ssh-'));
    try {
      // In the place of ssh, what runs the command that it would run over there.
      sandbox.write('bin/ssh', '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', 0o755);
      sandbox.write('bin/caisson', `#!/bin/sh\nexec ${process.execPath} ${cliPath} "$@"\n`, 0o755);
      const env = { ...sandbox.env, PATH: `${sandbox.path('bin')}:/usr/sbin:/sbin:/bin:${process.execPath.replace(/\/node$/, '')}:/usr/bin` };
      const run = (...args: string[]) => spawnSync(process.execPath, [cliPath, '-H', 'ssh://me@elsewhere', ...args], { env: { ...env, HIDE: '1' }, encoding: 'utf8', timeout: 100_000 });
      // docker comes first where it is installed; without a daemon it is of no use.
      sandbox.write('bin/docker', '#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n', 0o755);
      expect(run('images', '--format', '{{.Repository}}').stdout.trim()).toBe('localhost/busybox');
      const { stdout, stderr, status } = run('run', '--rm', '--network', 'none', image, 'sh', '-c', 'echo over; exit 4');
      expect([stdout, stderr, status]).toEqual(['over\n', '', 4]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      sandbox.dispose();
    }
  });
});

describe.runIf(isRoot && installed('runc') && installed('docker-compose'))('compose (needs root, runc and docker-compose)', () => {
  it('brings an application up and down on this host, with a daemon for as long as it takes', () => {
    const sandbox = Sandbox.withBase();
    try {
      sandbox.write('app/compose.yaml', `services:\n  web:\n    image: ${image}\n    command: sleep 100\n`);
      const compose = (...args: string[]) => sandbox.run(['compose', '-f', sandbox.path('app/compose.yaml'), '-p', 'app', ...args], { cwd: sandbox.path('app') });
      const up = compose('up', '-d');
      expect(up.code, up.stderr).toBe(0);
      expect(sandbox.ok('ps', '--format', '{{.Image}} {{.State}}')).toBe(`${image} running`);
      const down = compose('down', '-t', '0');
      expect(down.code, down.stderr).toBe(0);
      expect(sandbox.ok('ps', '-aq')).toBe('');
    } finally {
      sandbox.dispose();
    }
  });
});
