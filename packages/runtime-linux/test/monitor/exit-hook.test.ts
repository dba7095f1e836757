import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Owners } from '../../src/container/owner.js';
import { execExitHook, exitHook } from '../../src/monitor/exit-hook.js';
import { loadSyscalls } from '../../src/syscalls.js';
import { freshFolder } from '../support/folders.js';

const folder = freshFolder('hook');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ran = join(folder, 'ran');
const command = ['/bin/sh', '-c', `echo >"${ran}"`];

function hook(fifo: string | undefined): ChildProcess {
  const [program = '', ...args] = exitHook(command, fifo);
  return spawn(program, args, { stdio: 'ignore' });
}

describe('the exit hook', () => {
  beforeEach(() => rmSync(ran, { force: true }));

  it('runs the command of a container that nobody supervises', async () => {
    await once(hook(undefined), 'exit');
    expect(existsSync(ran)).toBe(true);
  });

  it('is nothing where there is no command', () => {
    expect(exitHook(undefined, '/fifo')).toEqual([]);
    expect(exitHook([], undefined)).toEqual([]);
  });

  it('waits for the owner and does nothing when it is done', async () => {
    const owners = new Owners(folder);
    const path = owners.pathFor('one');
    owners.hold('one', path);
    const child = hook(path);
    await sleep(100);
    expect(child.exitCode).toBeNull();
    owners.release('one');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(ran)).toBe(false);
    expect(readdirSync(join(folder, 'owners'))).toEqual([]);
  });

  it('does nothing when the owner was done before', async () => {
    const owners = new Owners(folder);
    const path = owners.pathFor('two');
    owners.hold('two', path);
    owners.release('two');
    owners.release('two');
    expect(await once(hook(path), 'exit')).toEqual([0, null]);
    expect(existsSync(ran)).toBe(false);
  });

  it('runs the command when the owner is killed while it waits', async () => {
    const { path, owner } = fifoOfAnother('three');
    const child = hook(path);
    await sleep(100);
    expect(child.exitCode).toBeNull();
    owner.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(ran)).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  it('runs the command when the owner was killed before', async () => {
    const { path, owner } = fifoOfAnother('four');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await once(hook(path), 'exit');
    expect(existsSync(ran)).toBe(true);
  });
});

/** A fifo that another process holds. */
function fifoOfAnother(name: string): { path: string; owner: ChildProcess } {
  mkdirSync(join(folder, 'owners'), { recursive: true });
  const path = join(folder, 'owners', name);
  loadSyscalls().mkfifo(path, 0o600);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const owner = spawn('sleep', ['100'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  closeSync(fd);
  return { path, owner };
}

describe('the exit hook of a further process', () => {
  const place = join(folder, 'container');
  const exitFile = join(place, 'exec', 'id');
  const told = () => {
    const [program = '', ...args] = execExitHook(['/bin/echo', 'told'], exitFile, place);
    return spawnSync(program, args, { encoding: 'utf8' }).stdout;
  };

  it('tells the exit code, that it went with its container, or nothing of one that never began', () => {
    mkdirSync(join(place, 'exec'), { recursive: true });
    expect(told()).toBe('');
    writeFileSync(exitFile, '7');
    expect(told()).toBe('told 7\n');
    rmSync(place, { recursive: true });
    expect(told()).toBe('told 137\n');
    expect(execExitHook(undefined, exitFile, place)).toEqual([]);
  });
});
