import assert from 'node:assert/strict';
import { isCaissonError } from '../errors.js';
import type { Case } from './case.js';
import { execCases } from './runtime-exec-cases.js';
import { attached, collect, refused, started, type RuntimeCases, type RuntimeHarness } from './runtime-harness.js';
import { streamCases } from './runtime-stream-cases.js';

/** What every runtime must do. */
export function runtimeSuite(harness: RuntimeHarness): Case[] {
  return Object.entries({ ...lifeCases, ...streamCases, ...execCases }).map(([name, body]) => ({ name, run: async () => body(await harness.open(), harness) }));
}

const shell = (script: string) => ({ args: ['sh', '-c', script] });

const lifeCases: RuntimeCases = {
  'a container is created, started, waited for and deleted': async (runtime, { spec }) => {
    const container = await spec(shell('exit 7'));
    const { id } = container;
    assert.equal(await runtime.state(id), undefined);
    await runtime.create(container);
    const created = await runtime.state(id);
    assert.equal(created?.status, 'created');
    assert.ok(created.pid > 0);
    const exit = runtime.wait(id);
    await runtime.start(id);
    const { code, at, oomKilled } = await exit;
    assert.deepEqual([code, oomKilled], [7, false]);
    assert.ok(Math.abs(Date.now() - at.getTime()) < 10_000);
    assert.deepEqual((await runtime.state(id))?.status, 'exited');
    assert.equal((await runtime.wait(id)).code, 7);
    await runtime.delete(id);
    assert.equal(await runtime.state(id), undefined);
    await runtime.delete(id);
  },
  'a killed process exits with 128 and its signal': async (runtime, { spec }) => {
    const { id } = await started(runtime, await spec({ args: ['sleep', '100'] }));
    assert.equal((await runtime.state(id))?.status, 'running');
    await runtime.kill(id, 'KILL');
    assert.equal((await runtime.wait(id)).code, 137);
    await refused(runtime.kill(id, 'KILL'), 'in-use');
    await runtime.delete(id);
  },
  'a signal that is handled reaches the program': async (runtime, { spec }) => {
    const { id, output } = await attached(runtime, await spec(shell('trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done')));
    await output.until('ready\n');
    await runtime.kill(id, 15);
    assert.equal((await runtime.wait(id)).code, 3);
    assert.equal(await output.end(), 'ready\ngot\n');
    await runtime.delete(id);
  },
  'unknown containers and signals are refused': async (runtime, { spec }) => {
    await refused(runtime.start('nobody'), 'not-found');
    await refused(runtime.kill('nobody', 'TERM'), 'not-found');
    await refused(runtime.wait('nobody'), 'not-found');
    await refused(runtime.stats('nobody'), 'not-found');
    await refused(runtime.attach('nobody', { stdin: false }), 'not-found');
    const { id } = await started(runtime, await spec({ args: ['sleep', '100'] }));
    await refused(runtime.kill(id, 'NONSENSE'), 'invalid-argument');
    await runtime.delete(id, { force: true });
  },
  'an ID is taken once, and a started container is not started again': async (runtime, { spec }) => {
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    await refused(runtime.create(container), 'already-exists');
    await refused(runtime.start(id), 'in-use');
    await refused(runtime.delete(id), 'in-use');
    assert.equal((await runtime.state(id))?.status, 'running');
    await runtime.delete(id, { force: true });
    assert.equal(await runtime.state(id), undefined);
  },
  'a program that is not there is an error with its name, and leaves nothing': async (runtime, { spec }) => {
    const container = await spec({ args: ['/no/such/program'] });
    await assert.rejects(
      (async () => {
        await runtime.create(container);
        await runtime.start(container.id);
      })(),
      (error) => isCaissonError(error, 'runtime-failed') && error.message.includes('/no/such/program') && error.details?.['exitCode'] === 127,
    );
    await runtime.delete(container.id, { force: true });
    assert.equal(await runtime.state(container.id), undefined);
  },
  'another process finds the container, attaches, waits and deletes it': async (runtime, { spec, open }) => {
    const { id } = await started(runtime, await spec(shell('read line; echo "got $line"; exit 4'), {}), { stdin: true });
    const other = await open();
    assert.equal((await other.state(id))?.status, 'running');
    const process = await other.attach(id, { stdin: true });
    const output = collect(process.stdout);
    process.stdin?.end('hello\n');
    assert.equal((await other.wait(id)).code, 4);
    assert.equal(await output.end(), 'got hello\n');
    await other.delete(id);
    assert.equal(await runtime.state(id), undefined);
  },
  'waiting can be cancelled': async (runtime, { spec }) => {
    const { id } = await started(runtime, await spec({ args: ['sleep', '100'] }));
    const abort = new AbortController();
    const waiting = runtime.wait(id, { signal: abort.signal });
    abort.abort();
    await refused(waiting, 'cancelled');
    await runtime.delete(id, { force: true });
  },
  'paused processes stand still': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).pause.available) return;
    const { id } = await started(runtime, await spec(shell('while :; do sleep 0.02; done')));
    await runtime.pause(id);
    assert.equal((await runtime.state(id))?.status, 'paused');
    await runtime.pause(id);
    await runtime.unpause(id);
    assert.equal((await runtime.state(id))?.status, 'running');
    await runtime.pause(id);
    await runtime.delete(id, { force: true });
    assert.equal(await runtime.state(id), undefined);
  },
  'statistics and processes are the container’s': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).stats.available) return;
    const { id, output } = await attached(runtime, await spec(shell('head -c 8000000 /dev/zero | md5sum >/dev/null; sleep 100 & echo ready; wait'), { resources: { memory: 64 << 20 } }));
    await output.until('\n');
    const stats = await runtime.stats(id);
    assert.ok(stats.cpuNanoseconds > 0 && stats.memoryBytes > 0, JSON.stringify(stats));
    assert.equal(stats.memoryLimit, 64 << 20);
    assert.equal(stats.pids, 2);
    const processes = await runtime.processes(id);
    assert.equal(processes.length, 2);
    assert.ok(processes.includes((await runtime.state(id))?.pid ?? 0));
    await runtime.delete(id, { force: true });
  },
  'limits are changed while it runs': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).limits.available) return;
    const { id } = await started(runtime, await spec({ args: ['sleep', '100'] }, { resources: { memory: 64 << 20 } }));
    await runtime.update(id, { memory: 32 << 20 });
    assert.equal((await runtime.stats(id)).memoryLimit, 32 << 20);
    await runtime.delete(id, { force: true });
  },
  'a container that runs out of memory says so': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).limits.available) return;
    const { id } = await started(runtime, await spec(shell('a=xxxxxxxx; while :; do a=$a$a; done'), { resources: { memory: 16 << 20 } }));
    const exit = await runtime.wait(id);
    assert.equal(exit.oomKilled, true, JSON.stringify(exit));
    assert.notEqual(exit.code, 0);
    await runtime.delete(id);
  },
  'a limit on processes holds': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).limits.available) return;
    const container = await spec(shell('for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo all'), { resources: { pids: 4 } });
    const process = await runtime.run(container, { stdio: 'pipe' });
    const output = collect(process.stdout);
    await collect(process.stderr).end();
    assert.notEqual((await process.wait()).code, 0);
    assert.doesNotMatch(await output.end(), /all/);
  },
};
