import assert from 'node:assert/strict';
import { attached, collect, refused, started, type RuntimeCases } from './runtime-harness.js';

const shell = (script: string) => ({ args: ['sh', '-c', script] });

/** Further processes, and containers without a monitor. */
export const execCases: RuntimeCases = {
  'a further process has streams and an exit code of its own': async (runtime, { spec }) => {
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    const process = await runtime.exec(id, { ...container.process, ...shell('echo out; echo err >&2; exit 9') }, { stdio: 'pipe' });
    const [output, errors] = [collect(process.stdout), collect(process.stderr)];
    assert.equal((await process.wait()).code, 9);
    assert.equal(await output.end(), 'out\n');
    assert.equal(await errors.end(), 'err\n');
    await runtime.delete(id, { force: true });
  },
  'it takes input, and sees what the container sees': async (runtime, { spec }) => {
    const container = await spec(shell('echo inside >/file; echo ready; sleep 100'));
    const { id, output } = await attached(runtime, container);
    await output.until('ready');
    const process = await runtime.exec(id, { ...container.process, args: ['sh', '-c', 'cat - /file'], stdin: true }, { stdio: 'pipe' });
    const text = collect(process.stdout);
    process.stdin?.end('from outside\n');
    assert.equal((await process.wait()).code, 0);
    assert.equal(await text.end(), 'from outside\ninside\n');
    await runtime.delete(id, { force: true });
  },
  'it can be killed': async (runtime, { spec }) => {
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    const process = await runtime.exec(id, { ...container.process, ...shell('echo ready; exec sleep 100') }, { stdio: 'pipe' });
    await collect(process.stdout).until('ready');
    await process.kill('KILL');
    assert.equal((await process.wait()).code, 137);
    assert.equal((await runtime.state(id))?.status, 'running');
    await runtime.delete(id, { force: true });
  },
  'it may have a terminal': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).terminal.available) return;
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    // A size is set a moment after the program has begun, or after it was asked for.
    const process = await runtime.exec(id, { ...container.process, ...shell('while stty size; do sleep 0.02; done'), terminal: true, stdin: true, terminalSize: { columns: 77, rows: 11 } }, { stdio: 'pipe' });
    const output = collect(process.stdout);
    await output.until('11 77\r\n');
    await process.resize({ columns: 100, rows: 30 });
    await output.until('30 100\r\n');
    await process.kill('KILL');
    assert.equal((await process.wait()).code, 137);
    await runtime.delete(id, { force: true });
  },
  'it may be left to itself': async (runtime, { spec }) => {
    const container = await spec(shell('while [ ! -e /done ]; do sleep 0.02; done; echo found; while [ ! -e /over ]; do sleep 0.02; done'));
    const { id, output } = await attached(runtime, container);
    const process = await runtime.exec(id, { ...container.process, ...shell('echo >/done; exit 2') }, { stdio: 'none' });
    // The container goes on until this is known: its end would be that of whatever runs in it.
    assert.equal((await process.wait()).code, 2);
    await runtime.exec(id, { ...container.process, ...shell('echo >/over') }, { stdio: 'none' });
    assert.equal(await output.end(), 'found\n');
    await runtime.delete(id);
  },
  'it runs as the user it is told to': async (runtime, { spec }) => {
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    const process = await runtime.exec(id, { ...container.process, args: ['id', '-u'], user: '1234:56' }, { stdio: 'pipe' });
    const output = collect(process.stdout);
    assert.equal(await output.end(), '1234\n');
    await process.wait();
    await runtime.delete(id, { force: true });
  },
  'a program that is not there exits with 127': async (runtime, { spec }) => {
    const container = await spec({ args: ['sleep', '100'] });
    const { id } = await started(runtime, container);
    const process = await runtime.exec(id, { ...container.process, args: ['/no/such/program'] }, { stdio: 'pipe' });
    process.stdout?.resume();
    const errors = collect(process.stderr);
    assert.equal((await process.wait()).code, 127);
    assert.match(await errors.end(), /no\/such\/program/);
    await runtime.delete(id, { force: true });
  },
  'a container that does not run takes none': async (runtime, { spec }) => {
    const container = await spec({ args: ['true'] });
    const { id } = await started(runtime, container);
    await runtime.wait(id);
    await refused(runtime.exec(id, container.process, { stdio: 'pipe' }), 'in-use');
    await runtime.delete(id);
  },
  'a run is over with its process and leaves nothing': async (runtime, { spec }) => {
    const container = await spec({ ...shell('cat; echo err >&2; exit 8'), stdin: true });
    const process = await runtime.run(container, { stdio: 'pipe' });
    const [output, errors] = [collect(process.stdout), collect(process.stderr)];
    process.stdin?.end('input\n');
    assert.equal((await process.wait()).code, 8);
    assert.equal(await output.end(), 'input\n');
    assert.equal(await errors.end(), 'err\n');
    assert.equal(await runtime.state(container.id), undefined);
    // The same ID is free at once.
    const again = await runtime.run({ ...container, process: { ...container.process, args: ['true'], stdin: false } }, { stdio: 'none' });
    assert.equal((await again.wait()).code, 0);
  },
  'a run is killed when its signal is aborted': async (runtime, { spec }) => {
    const container = await spec(shell('echo ready; sleep 100'));
    const abort = new AbortController();
    const process = await runtime.run(container, { stdio: 'pipe', signal: abort.signal });
    process.stderr?.resume();
    await collect(process.stdout).until('ready');
    abort.abort();
    assert.equal((await process.wait()).code, 137);
    assert.equal(await runtime.state(container.id), undefined);
    await refused(runtime.run(container, { stdio: 'pipe', signal: abort.signal }), 'cancelled');
  },
};
