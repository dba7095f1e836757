import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, leftovers, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';

/** Until no hook runs after a container's end: what notes the end, and waits to start the container again. */
const noHooks = (box: Sandbox): Promise<void> => untilTrue(() => !leftovers(box).some((line) => line.includes('container-exited') && !line.includes('conmon')), 60);

/** What a start of the machine leaves: no process and no run root. Hooks of before are let come to their end, which write into it. */
async function loseRunRoot(box: Sandbox): Promise<void> {
  await noHooks(box);
  for (const id of readdirSync(box.path('run/containers')))
    for (const file of ['monitor.pid', 'pid']) process.kill(Number(readFileSync(box.path('run/containers', id, file), 'utf8')), 'SIGKILL');
  rmSync(box.path('run'), { recursive: true, force: true });
}

describe.skipIf(!isRoot)('a running container (needs root to run containers)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
    box.ok('run', '-d', '--name', 'busy', '-m', '64m', image, 'sh', '-c', 'sleep 600 & while :; do :; done');
  });
  afterAll(() => box?.dispose());

  it('is measured', () => {
    const [header, row = ''] = box.ok('stats', '--no-stream').split('\n');
    expect(header).toMatch(/^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
    expect(row).toMatch(/busy +\d+\.\d\d% +\S+ \/ 64MiB/);
    const { CPUPerc, PIDs, NetIO } = JSON.parse(box.ok('stats', '--no-stream', '--format', 'json', 'busy')) as Record<string, string>;
    expect(Number.parseFloat(CPUPerc ?? '')).toBeGreaterThan(0);
    expect(PIDs).toBe('2');
    // The interface of its own network, which has at least announced itself.
    expect(NetIO).toMatch(/^\d[\d.]*k?B \/ \d[\d.]*k?B$/);
    expect(box.fail('stats', '--no-stream', 'nobody').stderr).toMatch(/No such container/);
    expect(box.fail('stats', '--no-stream', '--format', '{{.Nothing}}').stderr).toMatch(/Nothing/);
  });

  it('lists its processes, as ps is asked to', () => {
    expect(box.ok('top', 'busy').split('\n').slice(1).map((line) => line.replace(/^.* (?=sleep|sh)/, ''))).toEqual(expect.arrayContaining(['sleep 600']));
    const [titles = '', ...processes] = box.ok('top', 'busy', '-o', 'pid,args').split('\n');
    expect(titles).toMatch(/^PID +COMMAND$/);
    expect(processes).toHaveLength(2);
    expect(box.fail('top', 'busy', '-o', 'args').stderr).toMatch(/no column PID/);
    expect(box.fail('top', 'busy', '--bad-option').stderr).toMatch(/ps: unknown .*option/);
  });

  it('gets other limits while it runs, and keeps them', () => {
    const limit = () => box.ok('exec', 'busy', 'cat', '/sys/fs/cgroup/memory/memory.limit_in_bytes').trim();
    if (box.run(['exec', 'busy', 'test', '-e', '/sys/fs/cgroup/memory/memory.limit_in_bytes']).code === 0) expect(limit()).toBe(String(64 * 1024 * 1024));
    expect(box.ok('update', '-m', '96m', '--cpus', '0.5', '--restart', 'on-failure:3', 'busy')).toBe('busy');
    expect(box.ok('inspect', '-f', '{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}', 'busy')).toBe(`${96 * 1024 * 1024} on-failure`);
    expect(box.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'busy')).toMatch(/ \/ 96MiB$/);
    box.ok('restart', '-t', '0', 'busy');
    expect(box.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'busy')).toMatch(/ \/ 96MiB$/);
    expect(box.fail('update', 'busy').stderr).toMatch(/nothing is to be changed/);
    expect(box.fail('update', '-m', '1m', 'busy').stderr).toMatch(/at least 6m/);
    box.ok('run', '-d', '--rm', '--name', 'gone', '--network', 'none', image, 'sleep', '60');
    expect(box.fail('update', '--restart', 'always', 'gone').stderr).toMatch(/--rm/);
    box.ok('rm', '-f', 'gone', 'busy');
  });

  it('is waited for though it removes itself', async () => {
    box.ok('run', '-d', '--rm', '--name', 'short', '--network', 'none', image, 'sh', '-c', 'sleep 2; exit 9');
    expect(await output(box.spawn(['wait', 'short']))).toMatchObject({ code: 0, stdout: '9\n' });
  });

  it('is said to be about to be started again', async () => {
    box.ok('run', '-d', '--name', 'flapping', '--network', 'none', '--restart', 'always', image, 'sh', '-c', 'exit 4');
    await untilTrue(() => Number(box.ok('inspect', '-f', '{{.RestartCount}}', 'flapping')) >= 2, 60);
    box.ok('stop', 'flapping');
    const count = box.ok('inspect', '-f', '{{.RestartCount}}', 'flapping');
    // Who would have started it again has given up.
    await noHooks(box);
    expect(box.ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'flapping')).toBe(`${count} exited`);
    box.ok('rm', 'flapping');
  });

  it('is understood after the machine was started anew', async () => {
    box.ok('run', '-d', '--name', 'forever', '--network', 'none', '--restart', 'always', image, 'sleep', '86000');
    box.ok('run', '-d', '--name', 'once', '--network', 'none', image, 'sleep', '86000');
    box.ok('run', '-d', '--rm', '--name', 'passing', '--network', 'none', image, 'sleep', '86000');
    box.ok('run', '-d', '--name', 'stopped', '--network', 'none', '--restart', 'unless-stopped', image, 'sleep', '86000');
    box.ok('stop', '-t', '0', 'stopped');
    await loseRunRoot(box);
    expect(box.ok('ps', '-a', ...['forever', 'once', 'passing', 'stopped'].flatMap((name) => ['--filter', `name=${name}`]), '--format', '{{.Names}} {{.State}}').split('\n').toSorted()).toEqual(['forever running', 'once exited', 'stopped exited']);
    expect(box.ok('inspect', '-f', '{{.State.ExitCode}}', 'once')).toBe('255');
    expect(box.ok('exec', 'forever', 'echo', 'again')).toBe('again');
    box.ok('rm', '-f', 'forever', 'once', 'stopped');
  });

  it('is started after that by a daemon alone, and with the policy always though it was stopped', async () => {
    const run = (...args: string[]) => box.ok('run', '-d', '--network', 'none', '--restart', ...args, image, 'sleep', '86000');
    const [forever, halted] = [run('always', '--name', 'forever'), run('always', '--name', 'halted')];
    run('unless-stopped', '--name', 'stopped');
    box.ok('stop', '-t', '0', 'halted', 'stopped');
    await loseRunRoot(box);
    const db = new DatabaseSync(box.path('data/state.db'));
    db.exec("UPDATE containers SET state = json_set(state, '$.boot', 'an earlier one')");
    db.close();
    const daemon = box.spawn(['daemon', '-H', `unix://${box.path('docker.sock')}`]);
    // No other command may look meanwhile: it would start them.
    await untilTrue(() => [forever, halted].every((id) => existsSync(box.path('run/containers', id, 'pid'))));
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
    expect(box.ok('ps', '-a', '--filter', 'name=forever', '--filter', 'name=halted', '--filter', 'name=stopped', '--format', '{{.Names}} {{.State}}').split('\n').toSorted()).toEqual(['forever running', 'halted running', 'stopped exited']);
    box.ok('rm', '-f', 'forever', 'halted', 'stopped');
  });

  it('tells of what is run in it', () => {
    box.ok('run', '-d', '--name', 'told', '--network', 'none', image, 'sleep', '86000');
    expect(box.run(['exec', 'told', 'sh', '-c', 'exit 7']).code).toBe(7);
    const events = box.ok('events', '--since', '30s', '--until', '0s', '--format', 'json').split('\n').map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } });
    const own = events.filter(({ Action, Actor }) => Actor.Attributes.name === 'told' && Action.startsWith('exec'));
    expect(own.map(({ Action }) => Action)).toEqual(['exec_create: sh -c exit 7', 'exec_start: sh -c exit 7', 'exec_die']);
    expect(own[2]?.Actor.Attributes.exitCode).toBe('7');
    expect(new Set(own.map(({ Actor }) => Actor.Attributes.execID)).size).toBe(1);
    box.ok('rm', '-f', 'told');
  });

  it('tells of the end of what is left to itself in it', async () => {
    box.ok('run', '-d', '--name', 'left', '--network', 'none', image, 'sleep', '86000');
    const ends = () => box.ok('events', '--since', '60s', '--until', '0s', '--filter', 'container=left', '--filter', 'event=exec_die', '--format', '{{.Actor.Attributes.exitCode}}').split('\n').filter(Boolean);
    box.ok('exec', '-d', 'left', 'sh', '-c', 'exit 9');
    await untilTrue(() => ends().join() === '9');
    box.ok('exec', '-d', 'left', 'sleep', '8600');
    box.ok('rm', '-f', 'left');
    await untilTrue(() => ends().join() === '9,137');
  });

  it('keeps its name only by being left alone', () => {
    box.ok('create', '--name', 'same', image);
    expect(box.fail('rename', 'same', 'same').stderr).toMatch(/has this name already/);
    expect(box.ok('inspect', '-f', '{{.Name}}', 'same')).toBe('/same');
    box.ok('rm', 'same');
  });

  it('cannot have more CPUs than there are', () => {
    const [most, tooMany] = [availableParallelism(), availableParallelism() + 1];
    box.ok('create', '--name', 'greedy', image);
    for (const refused of [box.fail('create', '--cpus', String(tooMany), image), box.fail('create', '--cpus', '0.001', image), box.fail('update', '--cpus', String(tooMany), 'greedy')]) expect(refused.stderr).toContain(`range of CPUs is from 0.01 to ${most}.00`);
    expect(box.ok('run', '--rm', '--network', 'none', '--cpus', String(most), image, 'echo', 'all')).toBe('all');
    box.ok('rm', 'greedy');
  });

  it('shares what it is asked to share', () => {
    box.ok('run', '-d', '--name', 'giver', '--network', 'none', '--ipc', 'shareable', '-v', 'kept:/data', image, 'sh', '-c', 'echo memory > /dev/shm/x; echo disk > /data/x; exec sleep 600');
    const guest = (...args: string[]) => box.run(['run', '--rm', '--network', 'none', ...args]);
    expect(guest('--ipc', 'container:giver', image, 'cat', '/dev/shm/x').stdout).toBe('memory\n');
    expect(guest('--pid', 'container:giver', image, 'ps').stdout).toContain('sleep 600');
    expect(guest('--volumes-from', 'giver', image, 'cat', '/data/x').stdout).toBe('disk\n');
    expect(guest('--volumes-from', 'giver:ro', image, 'touch', '/data/y').stderr).toMatch(/Read-only/);
    expect(guest('--ipc', 'none', image, 'ls', '/dev/shm').code).not.toBe(0);
    box.ok('run', '-d', '--name', 'private', '--network', 'none', image, 'sleep', '600');
    expect(guest('--ipc', 'container:private', image, 'true').stderr).toMatch(/does not share its IPC namespace/);
    box.ok('rm', '-f', 'private', 'giver');
    expect(guest('--pid', 'container:giver', image, 'true').stderr).toMatch(/No such container/);
  });

  it.each([
    ['--gpus', 'all', /--gpus is not supported/],
    ['--cpu-count', '2', /Windows/],
    ['--storage-opt', 'size=1g', /overlayfs/],
    ['--isolation', 'hyperv', /has no isolation "hyperv" on this host/],
    ['--device-read-bps', '/dev/null:1mb', /not a block device/],
    ['--device-cgroup-rule', 'all', /device cgroup/],
    ['--blkio-weight', '5', /between 10 and 1000/],
    ['--uts', 'mine', /--uts.*not a mode/],
    ['--log-driver', 'paper', /no log driver/],
    ['--log-opt', 'colour=red', /has no option "colour"/],
    ['--tmpfs', '/x:huge', /no option of a tmpfs/],
    ['--ulimit', 'nofile=5:2', /soft limit is above/],
    ['--health-interval', '5', /span of time/],
    ['--env-file', '/nowhere', /nowhere/],
  ])('is refused with %s %s, in one line', (flag, value, message) => {
    const { stderr } = box.fail('run', '--rm', '--network', 'none', flag, value, image, 'true');
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').filter((line) => !line.startsWith('hint:') && !line.startsWith('(try'))).toHaveLength(1);
    expect(box.ok('ps', '-aq')).toBe('');
  });
});
