import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../src/host/programs.js';
import { isRoot } from './support/folders.js';
import { TestHost } from './support/harness.js';

describe.skipIf(!isRoot || !findProgram('runc') || !findProgram('conmon'))('LinuxRuntime when things are killed (needs root, runc and conmon)', () => {
  const host = new TestHost();
  const runtime = host.runtime();
  afterAll(() => rmSync(host.folder, { recursive: true, force: true }));
  const pidOf = (id: string, file: string) => Number(readFileSync(join(host.runRoot, 'containers', id, file), 'utf8'));

  it('runs the exit command of a container that nobody supervises', async () => {
    const file = join(host.folder, 'ran');
    const spec = await host.spec({ args: ['true'] }, { exitCommand: ['/bin/sh', '-c', `echo >"${file}"`] });
    await runtime.create(spec);
    await runtime.start(spec.id);
    await runtime.wait(spec.id);
    await expect.poll(() => existsSync(file)).toBe(true);
    await runtime.delete(spec.id);
  });

  it('does not run it when the caller has done all by itself', async () => {
    const file = join(host.folder, 'not-ran');
    const spec = await host.spec({ args: ['true'] }, { exitCommand: ['/bin/sh', '-c', `echo >"${file}"`] });
    await runtime.create(spec, { supervised: true });
    const monitor = pidOf(spec.id, 'monitor.pid');
    await runtime.start(spec.id);
    await runtime.wait(spec.id);
    await runtime.delete(spec.id);
    await runtime.release(spec.id);
    await expect.poll(() => isGone(monitor)).toBe(true);
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(host.runRoot, 'owners'))).toEqual([]);
  });

  it('goes on without its monitor, and ends with 137 when its own code is lost', async () => {
    const spec = await host.spec({ args: ['sleep', '100'] });
    await runtime.create(spec);
    await runtime.start(spec.id);
    const waiting = runtime.wait(spec.id);
    process.kill(pidOf(spec.id, 'monitor.pid'), 'SIGKILL');
    await sleep(50);
    expect((await runtime.state(spec.id))?.status).toBe('running');
    await expect(runtime.attach(spec.id, { stdin: false })).rejects.toMatchObject({ code: 'not-found' });
    await runtime.kill(spec.id, 'KILL');
    expect((await waiting).code).toBe(137);
    expect((await runtime.state(spec.id))?.status).toBe('exited');
    await runtime.delete(spec.id);
    expect(await runtime.state(spec.id)).toBeUndefined();
  });

  it('is deleted with force when monitor and process were killed at once', async () => {
    const spec = await host.spec({ args: ['sleep', '100'] });
    await runtime.create(spec);
    process.kill(pidOf(spec.id, 'monitor.pid'), 'SIGKILL');
    process.kill(pidOf(spec.id, 'pid'), 'SIGKILL');
    await runtime.delete(spec.id, { force: true });
    expect(await runtime.state(spec.id)).toBeUndefined();
    expect(readdirSync(join(host.runRoot, 'runc'))).toEqual([]);
  });

  it('takes the place of a container whose making was cut short', async () => {
    const spec = await host.spec({ args: ['true'] });
    await runtime.create(spec);
    // As a client leaves it that is killed before it has written the process ID down.
    const record = join(host.runRoot, 'containers', spec.id, 'record.json');
    const { pid: _, monitor: __, maker, ...rest } = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
    writeFileSync(record, JSON.stringify({ ...rest, maker: { ...(maker as object), pid: 1 << 22, started: 1 } }));
    expect((await runtime.state(spec.id))?.status).toBe('exited');
    await runtime.create(spec);
    await runtime.start(spec.id);
    expect((await runtime.wait(spec.id)).code).toBe(0);
    await runtime.delete(spec.id);
    await expect.poll(() => readFileSync('/proc/mounts', 'utf8')).not.toContain(host.folder);
  });

  it('is deleted while the monitor still makes it for a caller that has died', async () => {
    for (let delay = 0; delay <= 40; delay += 10) {
      const spec = await host.spec({ args: ['sleep', '100'] });
      const making = runtime.create(spec).catch(() => {});
      await sleep(delay);
      const record = join(host.runRoot, 'containers', spec.id, 'record.json');
      const { maker, ...rest } = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
      writeFileSync(record, JSON.stringify({ ...rest, maker: { ...(maker as object), pid: 1 << 22, started: 1 } }));
      expect(await runtime.abandoned()).toContain(spec.id);
      await runtime.delete(spec.id, { force: true });
      await making;
      await runtime.delete(spec.id, { force: true });
      expect(await runtime.state(spec.id)).toBeUndefined();
      expect(readdirSync(join(host.runRoot, 'runc'))).not.toContain(spec.id);
      await expect.poll(() => commandLines().filter((line) => line.includes(spec.id))).toEqual([]);
    }
  });

  it('leaves no cgroup, mount or process behind', async () => {
    const spec = await host.spec({ args: ['sh', '-c', 'sleep 100 & sleep 100'] });
    await runtime.create(spec);
    await runtime.start(spec.id);
    const monitor = pidOf(spec.id, 'monitor.pid');
    const processes = await runtime.processes(spec.id);
    await runtime.delete(spec.id, { force: true });
    await expect.poll(() => [monitor, ...processes].every(isGone)).toBe(true);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(spec.id);
    for (const root of new Set(runtime.cgroups.controllers.values())) expect(existsSync(join(root, 'caisson', spec.id))).toBe(false);
  });
});

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
}

function isGone(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}
