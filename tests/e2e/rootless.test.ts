import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { lacking, OrdinaryUser, UserSandbox } from './ordinary-user.js';
import { cliPath, freePort, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';
const web = 'mkdir -p /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www';
const missing = lacking();

describe.skipIf(missing !== undefined)(`containers of an ordinary user${missing === undefined ? '' : ` (${missing})`}`, () => {
  let user: OrdinaryUser;
  let box: UserSandbox;
  beforeAll(() => {
    user = new OrdinaryUser();
    box = new UserSandbox(user);
    box.write('busybox.tar', busyboxRootfs());
    box.ok('import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), image);
  });
  afterAll(() => {
    box?.dispose();
    user?.[Symbol.dispose]();
  });

  it('are in a user namespace, where the user is root and has further IDs', () => {
    const map = box.ok('run', '--rm', '--network', 'none', image, 'cat', '/proc/self/uid_map').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
    expect(map[0]).toEqual([0, user.uid, 1]);
    expect(map[1]?.[0]).toBe(1);
    expect(map[1]?.[2]).toBeGreaterThanOrEqual(65536);
    expect(box.ok('run', '--rm', '--network', 'none', '-u', '1000:50', image, 'id')).toMatch(/uid=1000.* gid=50/);
  });

  it('run, exec, log, stop, start again and go', async () => {
    const id = box.ok('run', '-d', '--name', 'one', image, 'sh', '-c', 'echo started; trap "echo bye; exit 3" TERM; while :; do sleep 0.05; done');
    expect(box.ok('exec', 'one', 'cat', '/etc/hostname')).toBe(id.slice(0, 12));
    expect(box.run(['exec', '-i', 'one', 'cat'], { input: 'piped' }).stdout).toBe('piped');
    expect(box.ok('top', 'one')).toMatch(/sleep|sh/);
    await untilTrue(() => box.ok('logs', 'one') === 'started');
    box.ok('stop', 'one');
    expect(box.ok('logs', 'one')).toBe('started\nbye');
    expect(box.ok('inspect', '-f', '{{.State.ExitCode}}', 'one')).toBe('3');
    box.ok('start', 'one');
    box.ok('rm', '-f', 'one');
    const attached = await output(box.spawn(['run', '--rm', image, 'sh', '-c', 'echo out; echo err >&2; exit 7']));
    expect(attached).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(attached.stderr).toContain('err\n');
  });

  it('keep volumes, and share the user’s own files', () => {
    box.write('src/mine', 'of the user');
    box.ok('run', '--rm', '--network', 'none', '-v', 'data:/data', image, 'sh', '-c', 'echo kept > /data/file; chown 1000 /data/file');
    expect(box.ok('run', '--rm', '--network', 'none', '-v', 'data:/data', image, 'sh', '-c', 'cat /data/file; stat -c %u /data/file')).toBe('kept\n1000');
    box.ok('run', '--rm', '--network', 'none', '-v', `${box.path('src')}:/src`, image, 'sh', '-c', 'cp /src/mine /src/copy');
    expect(statSync(box.path('src/copy')).uid).toBe(user.uid);
  });

  it('publish ports, find each other by name, and leave nothing when they go', async () => {
    const port = await freePort();
    box.ok('network', 'create', 'back');
    box.ok('run', '-d', '--name', 'web', '--network', 'back', '-p', `${port}:80`, image, 'sh', '-c', web);
    await untilTrue(async () => (await (await fetch(`http://127.0.0.1:${port}/`)).text()) === 'served\n');
    expect(box.ok('run', '--rm', '--network', 'back', image, 'wget', '-qO-', 'http://web/')).toBe('served');
    expect(box.fail('run', '--rm', '-p', `${port}:80`, image, 'true').stderr).toMatch(new RegExp(`port is already allocated: ${port}/tcp is taken by container web`));
    expect(box.fail('run', '--rm', '-p', '1:80', image, 'true').stderr).toMatch(/port 1 needs more privileges/);
    box.ok('restart', '-t', '0', 'web');
    await untilTrue(async () => (await (await fetch(`http://127.0.0.1:${port}/`)).text()) === 'served\n');
    const { pid } = JSON.parse(readFileSync(box.path('run/rootless-network/process.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(box.ok('run', '--rm', image, 'echo', 'mended')).toBe('mended');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served\n');
    box.ok('network', 'connect', 'bridge', 'web');
    box.ok('network', 'disconnect', 'back', 'web');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served\n');
    box.ok('rm', '-f', 'web');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await untilTrue(() => user.programs().every((name) => name === 'sleep'));
    box.ok('network', 'rm', 'back', 'bridge');
  });

  it('have the network of the host, or none', () => {
    expect(box.ok('run', '--rm', '--network', 'host', image, 'readlink', '/proc/self/ns/net')).toBe(readlinkSync('/proc/self/ns/net'));
    expect(box.ok('run', '--rm', '--network', 'none', image, 'cat', '/proc/net/route').split('\n')).toHaveLength(1);
  });

  it('come of images that are built, pushed and pulled', async () => {
    const other = new Sandbox();
    const registry = await other.registry();
    box.write('src/Dockerfile', `FROM ${image}\nRUN mkdir /made && echo yes > /made/it && chown 1000:1000 /made/it && rm /etc/group\nCOPY mine /made/\n`);
    box.ok('build', '-t', `${registry}/built:1`, box.path('src'));
    box.ok('push', `${registry}/built:1`);
    box.ok('rmi', `${registry}/built:1`);
    expect(box.ok('run', '--rm', '--network', 'none', `${registry}/built:1`, 'sh', '-c', 'cat /made/it /made/mine; stat -c %u:%g /made/it; test ! -e /etc/group')).toBe('yes\nof the user1000:1000');
    other.dispose();
  });

  it('outlive the shell and the holder of the namespace', async () => {
    box.ok('run', '-d', '--name', 'on', '--network', 'none', image, 'sleep', '600');
    const { pid } = JSON.parse(readFileSync(box.path('xdg/caisson/namespace.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect(box.ok('exec', 'on', 'echo', 'alive')).toBe('alive');
    box.ok('rm', '-f', 'on');
  });

  it('are tidied up after and restarted by the exit hook, in the same namespace', async () => {
    box.ok('run', '-d', '--rm', '--name', 'short', image, 'sleep', '0.5');
    box.ok('run', '-d', '--name', 'again', '--network', 'none', '--restart', 'on-failure:2', image, 'sh', '-c', 'echo try; exit 1');
    await untilTrue(() => box.ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'again') === '2 exited');
    expect(box.ok('logs', 'again')).toBe('try\ntry\ntry');
    box.ok('rm', 'again');
    await untilTrue(() => box.ok('ps', '-aq') === '');
    await untilTrue(() => readdirSync(box.path('run/containers')).length === 0 && user.programs().every((name) => name === 'sleep'));
  });

  it('have no limits, and it is said so', () => {
    expect(box.fail('run', '--rm', '--network', 'none', '--userns', 'keep-id', image, 'true').stderr).toMatch(/--userns keep-id is not supported: every file of an image would need another owner/);
    expect(box.ok('info')).toMatch(/cgroups are not delegated to this user/);
    expect(box.ok('run', '--rm', '--network', 'none', '-m', '64m', image, 'echo', 'unlimited')).toBe('unlimited');
    expect(box.run(['run', '--rm', '--network', 'none', '-m', '64m', image, 'true']).stderr).toMatch(/no limits/);
    const findings = JSON.parse(box.ok('system', 'doctor', '--format', 'json')) as { name: string; status: string }[];
    expect(findings.find(({ name }) => name === 'user namespace')?.status).toBe('found');
    expect(box.fail('run', '--rm', '--network', 'none', '--name', 'x', image, 'nothing').code).toBe(127);
  });

  it('have the limits of those cgroup controllers that are delegated to the user', async () => {
    const group = `caisson-delegated-${process.pid}`;
    const roots = ['memory', 'cpu', 'cpuacct', 'freezer'].map((controller) => `/sys/fs/cgroup/${controller}`);
    if (!roots.every((root) => existsSync(join(root, 'cgroup.procs')))) return; // a host of version 2: see packages/runtime-linux/test/cgroup
    const folders = roots.map((root) => join(root, group));
    for (const folder of folders) {
      mkdirSync(folder);
      chownSync(folder, user.uid, user.gid);
      chownSync(join(folder, 'cgroup.procs'), user.uid, user.gid);
    }
    const delegated = new UserSandbox(user, ['/bin/sh', '-c', `for folder in ${folders.join(' ')}; do echo $$ > $folder/cgroup.procs; done; exec "$@"`, 'sh']);
    try {
      delegated.write('busybox.tar', busyboxRootfs());
      delegated.ok('import', delegated.path('busybox.tar'), image);
      expect(delegated.ok('info')).toMatch(/no limits of cpuset, pids, blkio: not delegated to this user/);
      expect(delegated.run(['system', 'doctor']).stdout).toMatch(/limited +limits +delegated are .*memory.*, and not cpuset, pids, blkio/);
      const run = delegated.run(['run', '-d', '--name', 'limited', '--network', 'none', '-m', '64m', '--cpus', '0.5', '--pids-limit', '50', image, 'sleep', '600']);
      expect(run).toMatchObject({ code: 0, stderr: expect.stringMatching(/no limits of pids: this cgroup controller is not delegated/) as string });
      const id = run.stdout.trim();
      const limit = (controller: string, file: string) => readFileSync(join('/sys/fs/cgroup', controller, group, id, file), 'utf8').trim();
      expect(limit('memory', 'memory.limit_in_bytes')).toBe(String(64 * 1024 * 1024));
      expect(limit('cpu', 'cpu.cfs_quota_us')).toBe('50000');
      expect(delegated.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'limited')).toMatch(/ \/ 64MiB$/);
      delegated.ok('update', '-m', '80m', '--memory-swap', '160m', 'limited');
      expect(limit('memory', 'memory.limit_in_bytes')).toBe(String(80 * 1024 * 1024));
      expect(delegated.fail('update', '--pids-limit', '9', 'limited').stderr).toMatch(/not delegated to this user: pids/);
      delegated.ok('pause', 'limited');
      expect(delegated.ok('inspect', '-f', '{{.State.Status}}', 'limited')).toBe('paused');
      delegated.ok('unpause', 'limited');
      expect(delegated.ok('exec', 'limited', 'grep', 'memory', '/proc/self/cgroup')).toContain(`/${group}/${id}`);
      delegated.ok('run', '--name', 'eater', '--network', 'none', '-m', '16m', '--memory-swap', '16m', image, 'sh', '-c', 'tail /dev/zero || true');
      expect(delegated.ok('inspect', '-f', '{{.State.OOMKilled}}', 'eater')).toBe('true');
      delegated.ok('restart', '-t', '0', 'limited');
      expect(limit('memory', 'memory.limit_in_bytes')).toBe(String(80 * 1024 * 1024));
      delegated.ok('rm', '-f', 'limited', 'eater');
      for (const folder of folders) expect(readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())).toEqual([]);
    } finally {
      delegated.dispose();
      // The holder of the namespace is in them; it may go anywhere.
      for (const folder of folders) for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) writeFileSync(join(dirname(folder), 'cgroup.procs'), pid);
      for (const folder of folders) rmdirSync(folder);
    }
  });

  it('say what is missing where there are no further IDs; building and pushing go on', () => {
    // Not in the host's files: another test may add a user to them meanwhile.
    const hide = (file: string) => `mount --bind ${box.write('none', '', 0o644)} ${file}`;
    const other = new UserSandbox(user, ['unshare', '-m', 'sh', '-c', `${hide('/etc/subuid')} && ${hide('/etc/subgid')} && exec "$@"`, 'sh']);
    other.write('src/Dockerfile', 'FROM scratch\nCOPY Dockerfile /\n');
    other.ok('build', '-t', 'copied', other.path('src'));
    expect(other.fail('run', '--rm', 'copied', 'x').stderr).toMatch(new RegExp(`the user ${user.name} has no further IDs[\\s\\S]*usermod --add-subuids`));
    expect(other.fail('system', 'doctor').stdout).toMatch(/missing +user namespace/);
    other.dispose();
  });

  it('pass the conformance suite of runtimes', () => {
    const root = new URL('../..', import.meta.url).pathname;
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    const enter = join(dirname(dirname(cliPath)), 'dist/enter.cjs');
    const file = box.path('src/report.json');
    const args = ['run', '--root', root, '--reporter=json', `--outputFile=${file}`, '--configLoader=runner', '--cache=false', '-t', 'with runc', 'packages/runtime-linux/test/linux-runtime.test.ts'];
    const script = box.write('enter.cjs', `void require(${JSON.stringify(enter)}).enter(process.argv[2], process.argv.slice(3))`);
    const [program, ...rest] = [...user.launcher, process.execPath, script, vitest, ...args];
    const { PATH, HOME, XDG_RUNTIME_DIR } = box.env;
    const { stdout, stderr } = spawnSync(program ?? '', rest, { cwd: root, env: { PATH, HOME, XDG_RUNTIME_DIR, TMPDIR: box.path('src') }, encoding: 'utf8', timeout: 120_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 });
    expect(existsSync(file), `${stdout}${stderr}`.slice(-2000)).toBe(true);
    const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; testResults: { assertionResults: { status: string; title: string; failureMessages: string[] }[] }[] };
    const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === 'failed');
    expect(failed.map(({ title, failureMessages }) => `${title}: ${failureMessages.join(' ').slice(0, 300)}`)).toEqual([]);
    expect(report.numPassedTests).toBeGreaterThan(20);
  });
});
