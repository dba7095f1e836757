import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, isRoot, leftovers, output, Sandbox, untilTrue } from './support.js';
import { OwnNetwork } from './own-network.js';

const image = 'localhost/busybox:1';

// Containers as an ordinary user come with the rootless runtime; until then these need root.
describe.skipIf(!isRoot)('run', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  const run = (...args: string[]) => box.run(['run', '--rm', '--network', 'none', ...args]);

  it('passes on output and exit code', () => {
    expect(run(image, 'echo', 'hello')).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
    expect(run(image, 'sh', '-c', 'echo out; echo err >&2; exit 7')).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(run(image, 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?').code).toBe(137);
  });

  it('keeps binary output as it is, to the last byte', () => {
    const { stdout } = run(image, 'sh', '-c', 'i=0; while [ $i -lt 2000 ]; do printf "line %d\\n" $i; i=$((i+1)); done; printf "no newline at the end"');
    expect(stdout.split('\n')).toHaveLength(2001);
    expect(stdout.endsWith('no newline at the end')).toBe(true);
  });

  it('gives standard input to the program, and its end', () => {
    expect(box.run(['run', '--rm', '-i', '--network', 'none', image, 'cat'], { input: 'typed\n' }).stdout).toBe('typed\n');
    const big = 'x'.repeat(3_000_000);
    expect(box.run(['run', '--rm', '-i', '--network', 'none', image, 'wc', '-c'], { input: big }).stdout.trim()).toBe('3000000');
    expect(run(image, 'cat').stdout).toBe('');
  });

  it.each([
    ['a command that does not exist', ['nothing-here'], 127, /nothing-here/],
    ['a command that cannot be run', ['/etc/passwd'], 126, /etc\/passwd/],
  ])('tells of %s', (_, command, code, message) => {
    const outcome = run(image, ...command);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(message);
  });

  it('sets environment, folder, user, host name and entrypoint', () => {
    box.write('vars.env', '# comment\nFROM_FILE=yes\n');
    expect(run('-e', 'A=1', '-e', 'B=x y', '--env-file', box.path('vars.env'), image, 'sh', '-c', 'echo "$A $B $FROM_FILE"').stdout).toBe('1 x y yes\n');
    expect(run('-w', '/tmp/deep/er', image, 'pwd').stdout).toBe('/tmp/deep/er\n');
    expect(run('-u', 'web', image, 'id').stdout).toMatch(/uid=1000\(web\) gid=1000\(web\).*50\(staff\)/);
    expect(run('-u', '1234:55', image, 'id').stdout).toMatch(/uid=1234 gid=55/);
    expect(run('-u', 'nosuch', image, 'id').stderr).toMatch(/nosuch/);
    expect(run('-h', 'box', image, 'hostname').stdout).toBe('box\n');
    expect(run('--entrypoint', 'echo', image, 'just', 'this').stdout).toBe('just this\n');
  });

  it('mounts folders of the host, read-only where asked', () => {
    box.tree('host', { 'file.txt': 'from the host\n' });
    expect(run('-v', `${box.path('host')}:/mnt:ro`, image, 'cat', '/mnt/file.txt').stdout).toBe('from the host\n');
    expect(run('-v', `${box.path('host')}:/mnt:ro`, image, 'touch', '/mnt/new').stderr).toMatch(/Read-only/i);
    expect(run('-v', `${box.path('host')}:/mnt`, image, 'sh', '-c', 'echo back > /mnt/back').code).toBe(0);
    expect(readFileSync(box.path('host/back'), 'utf8')).toBe('back\n');
    expect(run('--mount', `type=bind,src=${box.path('nowhere')},dst=/mnt`, image, 'true').stderr).toMatch(/nowhere does not exist/);
  });

  it('keeps a volume across containers, and copies the image into a new one', () => {
    expect(run('-v', 'data:/etc', image, 'cat', '/etc/group').stdout).toContain('staff');
    run('-v', 'data:/data', image, 'sh', '-c', 'echo kept > /data/kept');
    expect(run('-v', 'data:/data', image, 'cat', '/data/kept').stdout).toBe('kept\n');
    expect(box.ok('volume', 'ls', '-q')).toBe('data');
    box.ok('volume', 'rm', 'data');
    expect(box.ok('volume', 'ls', '-q')).toBe('');
  });

  it('limits memory, and says when it was exceeded', () => {
    box.run(['run', '--name', 'fat', '--network', 'none', '-m', '16m', image, 'sh', '-c', 'dd if=/dev/zero of=/dev/shm/x bs=1M count=60; tail /dev/zero']);
    expect(box.ok('inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}} {{.HostConfig.Memory}}', 'fat')).toBe('true 137 16777216');
    box.ok('rm', 'fat');
  });

  it('keeps containers apart from the host', () => {
    expect(run(image, 'sh', '-c', 'mount -t tmpfs none /mnt').code).not.toBe(0);
    expect(run(image, 'sh', '-c', 'ps | wc -l').stdout.trim()).toMatch(/^[2-4]$/);
    expect(run('--read-only', image, 'touch', '/x').stderr).toMatch(/Read-only/i);
    expect(run(image, 'sh', '-c', 'ls /sys/class/net').stdout).toBe('lo\n');
  });

  it('pulls what is missing', async () => {
    const registry = await box.registry();
    box.ok('tag', image, `${registry}/fresh:1`);
    box.ok('push', '-q', `${registry}/fresh:1`);
    box.ok('rmi', `${registry}/fresh:1`);
    expect(run(`${registry}/fresh:1`, 'echo', 'here').stdout).toBe('here\n');
  });

  it('leaves nothing behind', async () => {
    expect(box.ok('ps', '-aq')).toBe('');
    await untilTrue(() => leftovers(box).length === 0);
    expect(box.ok('system', 'check')).toMatch(/all is well/);
  });
});

describe.skipIf(!isRoot)('signals and terminals', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('passes signals on', async () => {
    const child = box.spawn(['run', '--rm', '--name', 'sig', '--network', 'none', image, 'sh', '-c', 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.05; done']);
    const outcome = output(child);
    await untilTrue(() => box.run(['logs', 'sig']).stdout.includes('ready'));
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 5, stdout: 'ready\ncaught\n' });
    expect(box.ok('ps', '-aq')).toBe('');
  });

  it('leaves alone by the third signal what takes no notice of them', async () => {
    const child = box.spawn(['run', '--name', 'deaf', '--network', 'none', image, 'sh', '-c', 'trap "echo no" INT; echo ready; while :; do sleep 0.05; done']);
    const outcome = output(child);
    for (const [place, line] of ['ready', 'ready\nno', 'ready\nno\nno'].entries()) {
      await untilTrue(() => box.run(['logs', 'deaf']).stdout.trim() === line);
      expect(place < 3 && child.exitCode === null).toBe(true);
      child.kill('SIGINT');
    }
    expect(await outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('got 3 SIGTERM/SIGINTs, forcefully exiting') as string });
    expect(box.ok('inspect', '-f', '{{.State.Status}}', 'deaf')).toBe('running');
    box.ok('rm', '-f', 'deaf');
  });

  it('gives a real terminal', () => {
    const { stdout, code } = box.run(['run', '--rm', '-t', '--network', 'none', image, 'sh', '-c', 'tty; test -t 1 && echo terminal; echo $TERM']);
    expect(code).toBe(0);
    expect(stdout).toBe('/dev/pts/0\r\nterminal\r\nxterm\r\n');
  });

  it('runs a shell on our own terminal, with its size and ctrl-c', async () => {
    // `script` gives the command line a terminal of its own.
    const command = `stty rows 31 cols 97; ${process.execPath} ${new URL('../../packages/cli/bin/caisson.cjs', import.meta.url).pathname} run --rm -it --name term --network none ${image} sh`;
    const { spawn } = await import('node:child_process');
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...box.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'pipe'] });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await untilTrue(() => shown.includes('#'));
    child.stdin.write('stty size\n');
    await untilTrue(() => shown.includes('31 97'));
    child.stdin.write('sleep 100\n');
    await untilTrue(() => box.run(['exec', 'term', 'ps']).stdout.includes('sleep 100'));
    child.stdin.write('\x03');
    child.stdin.write('echo still-$((40+2))\n');
    await untilTrue(() => shown.includes('still-42'));
    child.stdin.write('exit 3\n');
    expect(await ended).toBe(3);
  });

  it('refuses a terminal where there is none', () => {
    expect(box.fail('run', '--rm', '-it', image, 'sh').stderr).toMatch(/the input device is not a TTY/);
  });
});

describe.skipIf(!isRoot)('containers that run on', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('outlive the command, and are found by the next', () => {
    const id = box.ok('run', '-d', '--name', 'web', '--network', 'none', image, 'sh', '-c', 'echo started; sleep 600');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(box.ok('ps', '--format', 'json')).toContain('"Names":"web"');
    expect(box.ok('inspect', '-f', '{{.State.Status}}', 'web')).toBe('running');
    expect(box.ok('exec', 'web', 'cat', '/etc/hostname').trim()).toBe(id.slice(0, 12));
    expect(box.run(['exec', '-i', 'web', 'cat'], { input: 'to exec' }).stdout).toBe('to exec');
    expect(box.run(['exec', 'web', 'sh', '-c', 'exit 9']).code).toBe(9);
    expect(box.run(['exec', 'web', 'nothing']).code).toBe(127);
    expect(box.ok('logs', 'web')).toBe('started');
  });

  it('cannot be removed or named twice by accident', () => {
    expect(box.fail('rm', 'web').stderr).toMatch(/is running[\s\S]*rm -f web/);
    expect(box.fail('run', '-d', '--name', 'web', image).stderr).toMatch(/the name web is already in use by container [0-9a-f]{12}/);
    expect(box.fail('rmi', image).stderr).toMatch(/used by container web/);
  });

  it('stop, start again with what they wrote, and are killed', async () => {
    box.ok('exec', 'web', 'touch', '/mark');
    box.ok('stop', '-t', '0', 'web');
    expect(box.ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'web')).toBe('exited 137');
    expect(box.fail('exec', 'web', 'true').stderr).toMatch(/not running/);
    box.ok('start', 'web');
    expect(box.ok('exec', 'web', 'ls', '/mark')).toBe('/mark');
    expect(box.ok('logs', 'web')).toBe('started\nstarted');
    box.ok('kill', 'web');
    expect(box.ok('wait', 'web')).toBe('137');
    box.ok('rm', 'web');
    await untilTrue(() => leftovers(box).length === 0);
  });

  it('follow logs to their end', async () => {
    box.ok('run', '-d', '--name', 'talk', '--network', 'none', image, 'sh', '-c', 'for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done; printf last');
    const all = await output(box.spawn(['logs', '-f', 'talk']));
    expect(all).toMatchObject({ code: 0, stdout: 'line 1\nline 2\nline 3\nline 4\nline 5\nlast' });
    expect(box.run(['logs', '--tail', '2', 'talk']).stdout).toBe('line 4\nline 5\nlast');
    expect(box.run(['logs', '-t', '-n', '1', 'talk']).stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+ line 5\n/);
    box.ok('rm', 'talk');
  });

  it('honour their stop signal', () => {
    box.ok('run', '-d', '--name', 'polite', '--network', 'none', '--stop-signal', 'USR1', image, 'sh', '-c', 'trap "echo bye; exit 4" USR1; echo up; while :; do sleep 0.05; done');
    expect(box.ok('logs', 'polite')).toBe('up');
    box.ok('stop', 'polite');
    expect(box.ok('logs', 'polite')).toBe('up\nbye');
    expect(box.ok('inspect', '-f', '{{.State.ExitCode}}', 'polite')).toBe('4');
    box.ok('rm', 'polite');
  });

  it('go away by themselves with --rm', async () => {
    const id = box.ok('run', '-d', '--rm', '--network', 'none', image, 'sleep', '0.3');
    await untilTrue(() => !box.ok('ps', '-aq', '--no-trunc').includes(id));
    await untilTrue(() => leftovers(box).length === 0);
  });

  it('are started again by their policy', async () => {
    box.ok('run', '-d', '--name', 'again', '--network', 'none', '--restart', 'on-failure:2', image, 'sh', '-c', 'echo try; exit 1');
    await untilTrue(() => box.ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'again') === '2 exited');
    expect(box.ok('logs', 'again')).toBe('try\ntry\ntry');
    box.ok('rm', '-f', 'again');
  });

  it('survive a kill -9 of the command that started them', async () => {
    const child = box.spawn(['run', '--name', 'orphan', '--network', 'none', image, 'sh', '-c', 'echo on; sleep 600']);
    await untilTrue(() => box.run(['logs', 'orphan']).stdout.includes('on'));
    child.kill('SIGKILL');
    expect(box.ok('inspect', '-f', '{{.State.Status}}', 'orphan')).toBe('running');
    expect(box.ok('exec', 'orphan', 'echo', 'alive')).toBe('alive');
    box.ok('rm', '-f', 'orphan');
    await untilTrue(() => leftovers(box).length === 0);
  });

  it('with --rm are cleaned up after even when their command was killed', async () => {
    const child = box.spawn(['run', '--rm', '--name', 'short', '--network', 'none', image, 'sleep', '1']);
    await untilTrue(() => box.ok('ps', '-q', '-f', 'name=short') !== '');
    child.kill('SIGKILL');
    await untilTrue(() => box.ok('ps', '-aq') === '');
    await untilTrue(() => leftovers(box).length === 0);
  });

  it('pause and go on', () => {
    box.ok('run', '-d', '--name', 'ice', '--network', 'none', image, 'sleep', '600');
    box.ok('pause', 'ice');
    expect(box.ok('ps')).toMatch(/\(Paused\)/);
    expect(box.fail('exec', 'ice', 'true').stderr).toMatch(/paused/);
    box.ok('unpause', 'ice');
    expect(box.ok('exec', 'ice', 'echo', 'back')).toBe('back');
    box.ok('rm', '-f', 'ice');
  });

  it('tell of their life in events', () => {
    box.ok('run', '--rm', '--name', 'seen', '--network', 'none', image, 'true');
    const actions = box.ok('events', '--since', '20s', '--until', '0s', '--format', 'json').split('\n').map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } });
    expect(actions.filter((event) => event.Actor.Attributes.name === 'seen').map((event) => event.Action)).toEqual(['create', 'start', 'die', 'destroy']);
  });
});

describe.skipIf(!isRoot)('networks', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('publish ports, on all addresses and on one', async () => {
    const [port, local] = [await freePort(), await freePort()];
    box.ok('run', '-d', '--name', 'web', '-p', `${port}:8080`, '-p', `127.0.0.1:${local}:8080`, image, 'sh', '-c', 'mkdir /www; echo served > /www/index.html; exec httpd -f -p 8080 -h /www');
    for (const where of [port, local]) await untilTrue(async () => (await (await fetch(`http://127.0.0.1:${where}/`)).text()) === 'served\n');
    expect(box.ok('port', 'web', '8080')).toBe(`0.0.0.0:${port}\n127.0.0.1:${local}`);
    const taken = box.fail('run', '--rm', '-p', `${port}:80`, image, 'true');
    expect(taken.stderr).toMatch(new RegExp(`port is already allocated: ${port}/tcp is taken by container web`));
    expect(taken.code).toBe(125);
  });

  it.each([
    [['-p', '[::1]:18099:80'], /::1 cannot be published for a container without an IPv6 address/],
    [['--runtime', 'nothing'], /there is no OCI runtime nothing/],
    [['--cpuset-cpus', '4000'], /the CPUs 4000 are not all there/],
  ])('keep nothing of a container that %j keeps from starting', (flags, message) => {
    const { code, stderr } = box.fail('run', '--rm', ...flags, image, 'true');
    expect(stderr).toMatch(message);
    expect(code).toBe(125);
    expect(box.ok('ps', '-a', '--format', '{{.Names}}')).toBe('web');
  });

  it('let containers talk to each other and to the host', () => {
    const address = box.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web');
    expect(box.ok('run', '--rm', image, 'wget', '-qO-', `http://${address}:8080/`)).toBe('served');
    const gateway = box.ok('inspect', '-f', '{{.NetworkSettings.Gateway}}', 'web');
    expect(box.ok('run', '--rm', image, 'ping', '-c', '1', '-W', '2', gateway)).toMatch(/1 packets received/);
  });

  it("say that a port is a host program's", async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const address = server.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    expect(box.fail('run', '--rm', '-p', `${port}:80`, image, 'true').stderr).toMatch(new RegExp(`port is already allocated: ${port}/tcp is taken by`));
    server.close();
  });

  it('share the network of the host or of another container', () => {
    expect(box.ok('run', '--rm', '--network', 'host', image, 'readlink', '/proc/self/ns/net')).toBe(readlinkSync('/proc/self/ns/net'));
    expect(box.ok('run', '--rm', '--network', 'container:web', image, 'wget', '-qO-', 'http://127.0.0.1:8080/')).toBe('served');
  });

  it('of users are apart, with addresses of their own', () => {
    using net = new OwnNetwork();
    box.ok('network', 'create', '--subnet', `${net.prefix}.7.0/24`, 'own');
    expect(box.ok('run', '--rm', '--network', 'own', '--ip', `${net.prefix}.7.77`, image, 'ip', '-4', 'addr', 'show', 'eth0')).toMatch(new RegExp(String.raw`${net.pattern}\.7\.77\/24`));
    expect(box.fail('network', 'create', '--subnet', `${net.prefix}.7.0/25`, 'other').stderr).toMatch(/overlaps/);
    expect(box.fail('network', 'create', 'own').stderr).toMatch(/already/);
    box.ok('network', 'rm', 'own');
  });

  it('give everything back', async () => {
    const port = Number(box.ok('port', 'web', '8080').split('\n')[0]?.split(':')[1]);
    box.ok('rm', '-f', 'web');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    // The monitor and its exit hook end a moment later.
    await untilTrue(() => leftovers(box).length === 0);
    const { spawnSync } = await import('node:child_process');
    const bridge = box.ok('network', 'inspect', '-f', '{{json .Options}}', 'bridge').match(/cs-[0-9a-f]+/)?.[0] ?? 'none';
    expect(spawnSync('ip', ['-o', 'link', 'show', 'master', bridge], { encoding: 'utf8' }).stdout).toBe('');
    box.ok('network', 'rm', 'bridge');
    expect(spawnSync('ip', ['link', 'show', bridge]).status).not.toBe(0);
    expect(spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }).stdout).not.toContain(bridge);
  });
});
