import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, isRoot, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';

describe.skipIf(!isRoot)('terminals (needs root to run containers)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  /** The command line on a terminal of its own, which `script` gives it. */
  function onTerminal(...args: string[]): { shown: () => string; type: (keys: string) => void; ended: Promise<number | null> } {
    const child = spawn('script', ['-qec', `${process.execPath} ${cliPath} ${args.join(' ')}`, '/dev/null'], { env: { ...box.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'pipe'] });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    return { shown: () => shown, type: (keys) => void child.stdin.write(keys), ended: new Promise((resolve) => child.on('exit', resolve)) };
  }

  it('are left by their keys and joined again, by several at once', async () => {
    const first = onTerminal('run', '-it', '--name', 'term', '--network', 'none', image, 'sh');
    await untilTrue(() => first.shown().includes('#'));
    first.type('\x10\x11'); // ctrl-p ctrl-q
    expect(await first.ended).toBe(0);
    expect(box.ok('inspect', '-f', '{{.State.Status}}', 'term')).toBe('running');
    const second = onTerminal('attach', '--detach-keys', 'ctrl-x,x', 'term');
    const third = onTerminal('attach', 'term');
    await untilTrue(() => {
      second.type('\n');
      third.type('\n');
      return second.shown().includes('#') && third.shown().includes('#');
    });
    second.type('echo both-$((20+3))\n');
    await untilTrue(() => second.shown().includes('both-23') && third.shown().includes('both-23'));
    second.type('\x18x');
    expect(await second.ended).toBe(0);
    third.type('exit 6\n');
    expect(await third.ended).toBe(6);
    box.ok('rm', 'term');
  });

  it('of an exec are left by their keys, and it goes on', async () => {
    box.ok('run', '-d', '--name', 'host', '--network', 'none', image, 'sleep', '86000');
    const exec = onTerminal('exec', '-it', '--detach-keys', 'ctrl-a,d', 'host', 'sh');
    await untilTrue(() => exec.shown().includes('#'));
    exec.type('sleep 4321\n');
    await untilTrue(() => box.ok('top', 'host').includes('sleep 4321'));
    exec.type('\x01d');
    expect(await exec.ended).toBe(0);
    expect(box.ok('top', 'host')).toContain('sleep 4321');
    const usual = onTerminal('exec', '-it', 'host', 'sh');
    await untilTrue(() => usual.shown().includes('#'));
    usual.type('sleep 4322\n');
    await untilTrue(() => box.ok('top', 'host').includes('sleep 4322'));
    usual.type('\x10\x11'); // ctrl-p ctrl-q
    expect(await usual.ended).toBe(0);
    expect(box.ok('top', 'host')).toContain('sleep 4322');
    const ended = onTerminal('exec', '-it', 'host', 'sh', '-c', '"stty size; exit 5"');
    expect(await ended.ended).toBe(5);
    box.ok('rm', '-f', 'host');
  });
});
