import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, Sandbox } from './support.js';

describe('bad input', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  // Arguments, what the one line must say, exit code.
  const cases: [string[], RegExp, number][] = [
    [['runn'], /unknown command 'runn'/, 1],
    [['image', 'lss'], /unknown command/, 1],
    [['run'], /missing required argument 'image'/, 1],
    [['run', '--nope', 'x'], /unknown option '--nope'/, 125], // docker's code for flags that are wrong
    [['run', '-p', '80:80:80:80', 'localhost/busybox:1'], /--publish/, 125],
    [['run', '-p', '99999:80', 'localhost/busybox:1'], /--publish/, 125],
    [['run', '-m', '1x', 'localhost/busybox:1'], /--memory/, 125],
    [['run', '-m', '1m', 'localhost/busybox:1'], /at least 6m/, 125],
    [['run', '-v', 'a:b:c:d', 'localhost/busybox:1'], /--volume/, 125],
    [['run', '--mount', 'type=bind,dst=/x', 'localhost/busybox:1'], /source/, 125],
    [['run', '--restart', 'sometimes', 'localhost/busybox:1'], /--restart/, 125],
    [['run', '--name', '../x', 'localhost/busybox:1'], /invalid container name/, 125],
    [['run', '--pull', 'never', 'localhost/nothing'], /No such image/, 125],
    [['run', 'UPPER'], /lower case/, 125],
    [['run', '--ulimit', 'nofile', 'localhost/busybox:1'], /--ulimit/, 125],
    [['run', '--gpus', 'all', 'localhost/busybox:1'], /--gpus is not supported/, 125],
    [['run', '--dns', 'one', 'localhost/busybox:1'], /not an IP address/, 125],
    [['run', '--add-host', 'db', 'localhost/busybox:1'], /further host "db"/, 125],
    [['run', '--sig-proxy=perhaps', 'localhost/busybox:1'], /--sig-proxy=perhaps/, 125],
    [['images', '-f', 'dangling=perhaps'], /dangling=true/, 1],
    [['image', 'ls', 'one', 'two'], /too many arguments/, 1],
    [['network', 'create', '--ipv4=false', 'n'], /without IPv4/, 1],
    [['build', '--secret', 'id=x,src=/does/not/exist', '.'], /the secret "x" does not exist/, 1],
    [['build', '--build-arg', '=x', '.'], /--build-arg/, 125],
    [['logs', 'nobody'], /No such container: nobody/, 1],
    [['start', 'nobody'], /No such container: nobody/, 1],
    [['rm', 'nobody'], /No such container: nobody/, 1],
    [['inspect', 'nobody'], /No such object: nobody/, 1],
    [['exec', 'nobody', 'true'], /No such container/, 1],
    [['save', 'nothing'], /No such image: nothing/, 1],
    [['export', 'nobody'], /No such container: nobody/, 1],
    [['cp', 'nobody:/etc', '-'], /No such container: nobody/, 1],
    [['help', 'runn'], /unknown command 'runn' \(Did you mean run\?\)/, 1],
    [['volume', 'rm', 'nothing'], /No such volume/, 1],
    [['volume', 'create', 'a/b'], /invalid volume name/, 1],
    [['network', 'create', '--subnet', '10.1.2.3', 'n'], /invalid subnet/, 1],
    [['build', '/does/not/exist'], /does\/not\/exist/, 1],
    [['build', '--progress', 'fancy', '.'], /--progress/, 1],
    [['build', '-t', 'UPPER', '.'], /lower case/, 1],
    [['load', '-i', '/does/not/exist'], /does not exist/, 1],
    [['ps', '-f', 'colour=blue'], /--filter/, 1],
    // docker's code for values that an option cannot have, whatever the command
    [['ps', '-f', 'colour'], /--filter/, 125],
    [['ps', '-n', 'many'], /--last/, 125],
    [['stop', '-t', 'soon', 'nobody'], /--timeout/, 125],
    [['restart', '-t', '1.5', 'nobody'], /--timeout/, 125],
    [['update', '-m', 'much', 'nobody'], /--memory/, 125],
    [['create', '-m', 'much', 'localhost/busybox:1'], /--memory/, 125],
    [['create', '--name', 'a b', 'localhost/busybox:1'], /invalid container name/, 1],
    [['create', '--pull', 'never', 'localhost/nothing'], /No such image/, 1],
    [['run', '--stop-timeout', '1.5', 'localhost/busybox:1'], /--stop-timeout/, 125],
    [['run', '-e', '', 'localhost/busybox:1'], /--env/, 125],
    [['exec', '-e', '=x', 'nobody', 'true'], /--env/, 125],
    [['run', '-v', '/a:/b:ro,rw', 'localhost/busybox:1'], /only one of ro, rw/, 125],
    [['run', '--detach-keys', 'bogus', 'localhost/busybox:1'], /--detach-keys/, 125],
    [['run', '-it', 'localhost/busybox:1'], /the input device is not a TTY/, 1],
    [['exec', '-it', 'nobody', 'sh'], /the input device is not a TTY/, 1],
    [['run', '--uts', 'host', '-h', 'x', 'localhost/busybox:1'], /UTS namespace/, 125],
    [['run', '--memory-swap', '30m', 'localhost/busybox:1'], /needs one of memory alone/, 125],
    [['run', '-m', '30m', '--memory-reservation', '40m', 'localhost/busybox:1'], /above the limit/, 125],
    [['run', '--cpu-quota', '10', 'localhost/busybox:1'], /at least 1000 microseconds/, 125],
    [['run', '--cpu-period', '10', 'localhost/busybox:1'], /between 1000 and 1000000/, 125],
    [['run', '--security-opt', 'no-new-privileges=maybe', 'localhost/busybox:1'], /unknown security option/, 125],
    [['start', '-a', 'one', 'two'], /cannot start and attach multiple containers at once/, 1],
    [['runn', '--help'], /unknown command 'runn' \(Did you mean run\?\)/, 1],
    [['image', 'lss', '--help'], /unknown command 'lss' \(Did you mean ls\?\)/, 1],
    [['service', 'ls'], /docker's swarm mode is not part of Caisson/, 1],
    [['container', 'prune'], /nobody is here to be asked/, 1],
  ];
  it.each(cases)('%j', (args, message, code) => {
    const outcome = box.fail(...args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toMatch(/ at .*\.js:\d+/); // no stack trace
    expect(outcome.stderr.split('\n').filter((line) => line.startsWith('caisson:'))).toHaveLength(1);
    expect(outcome.code).toBe(code);
  });

  it('proposes no name that would be refused as well', () => {
    expect(box.fail('tag', 'localhost/busybox:1', 'My App').stderr).toBe('caisson: invalid image name "My App": the repository must be in lower case\n');
  });

  it.each([['rm', '-f'], ['rmi', '-f'], ['network', 'rm', '-f'], ['volume', 'rm', '-f']])('%s %s %s does without what is not there', (...words) => {
    expect(box.run([...words.filter(Boolean), 'nobody']).code).toBe(0);
  });

  it('keeps control characters of names from the terminal', () => {
    expect(box.fail('rm', 'a\u001b[31mb').stderr).toContain(String.raw`No such container: a\x1b[31mb`);
  });

  it('removes a volume with the longest of names', () => {
    box.ok('volume', 'create', 'v'.repeat(255));
    expect(box.ok('volume', 'rm', 'v'.repeat(255))).toBe('v'.repeat(255));
  });

  it('takes the answer to a question from a pipe', () => {
    expect(box.run(['container', 'prune'], { input: 'n\n' })).toMatchObject({ code: 0, stdout: '' });
    expect(box.run(['container', 'prune'], { input: 'y\n'.repeat(1000) })).toMatchObject({ code: 0, stdout: 'Total reclaimed space: 0B\n' });
  });

  it('prints its help when nothing is asked for', () => {
    const { code, stdout, stderr } = box.run(['--data-root', box.path('data')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: caisson /);
  });

  it('leaves no container behind', () => {
    expect(box.ok('ps', '-aq')).toBe('');
  });

  it('says that Node is too old, in one line', () => {
    const { stderr, status } = spawnSync(process.execPath, ['-e', `Object.defineProperty(process.versions, 'node', { value: '20.11.0' }); require(${JSON.stringify(cliPath)})`], { encoding: 'utf8' });
    expect(stderr).toBe('caisson: Node 20.11.0 is too old, 22.19 or later is needed: https://nodejs.org/\n');
    expect(status).toBe(1);
  });
});
