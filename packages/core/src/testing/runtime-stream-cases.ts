import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { attached, collect, type RuntimeCases } from './runtime-harness.js';

const shell = (script: string) => ({ args: ['sh', '-c', script] });

/** Streams: nothing lost, nothing mixed up, nothing held up. */
export const streamCases: RuntimeCases = {
  'both outputs arrive, with a last line that has no end': async (runtime, { spec }) => {
    const { id, process, output, errors } = await attached(runtime, await spec(shell('echo out; echo err >&2; printf last')));
    assert.equal((await process.wait()).code, 0);
    assert.equal(await output.end(), 'out\nlast');
    assert.equal(await errors.end(), 'err\n');
    await runtime.delete(id);
  },
  'output of a program that ends at once is never lost': async (runtime, { spec }) => {
    for (let round = 0; round < 5; round++) {
      const { id, output } = await attached(runtime, await spec({ args: ['echo', `round ${round}`] }));
      assert.equal(await output.end(), `round ${round}\n`);
      await runtime.delete(id);
    }
  },
  'megabytes of binary data arrive byte for byte': async (runtime, { spec }) => {
    const container = await spec(shell('head -c 6000000 /dev/urandom >/data; cat /data; md5sum </data >&2'));
    await runtime.create(container);
    const process = await runtime.attach(container.id, { stdin: false });
    const errors = collect(process.stderr);
    const md5 = createHash('md5');
    let size = 0;
    process.stdout?.on('data', (part: Buffer) => {
      md5.update(part);
      size += part.length;
    });
    const ended = new Promise((resolve) => process.stdout?.on('end', resolve));
    await runtime.start(container.id);
    await ended;
    assert.equal(size, 6_000_000);
    assert.equal(md5.digest('hex'), (await errors.end()).split(' ')[0]);
    await runtime.delete(container.id);
  },
  'input goes in, and its end is seen': async (runtime, { spec }) => {
    const { id, process, output } = await attached(runtime, await spec({ args: ['md5sum'], stdin: true, stdinOnce: true }));
    const data = Buffer.alloc(3_000_000, 'caisson');
    process.stdin?.end(data);
    assert.equal((await process.wait()).code, 0);
    assert.equal((await output.end()).split(' ')[0], createHash('md5').update(data).digest('hex'));
    await runtime.delete(id);
  },
  'without standard input a reader sees its end at once': async (runtime, { spec }) => {
    const { id, process, output } = await attached(runtime, await spec({ args: ['cat'] }));
    assert.equal(process.stdin, null);
    assert.equal((await process.wait()).code, 0);
    assert.equal(await output.end(), '');
    await runtime.delete(id);
  },
  'several clients at once get the same output': async (runtime, { spec }) => {
    const container = await spec(shell('echo ready; read line; echo "got $line"'), {});
    const stdin = { ...container, process: { ...container.process, stdin: true } };
    const { id, process, output } = await attached(runtime, stdin);
    await output.until('ready\n');
    const second = await runtime.attach(id, { stdin: false });
    const copy = collect(second.stdout);
    process.stdin?.write('hello\n');
    assert.equal(await output.end(), 'ready\ngot hello\n');
    assert.equal(await copy.end(), 'got hello\n');
    await runtime.delete(id);
  },
  'a client that goes away does not disturb the container': async (runtime, { spec }) => {
    const container = await spec(shell('echo ready; read line; echo "got $line"; exit 5'));
    const { id, process, output } = await attached(runtime, { ...container, process: { ...container.process, stdin: true } });
    await output.until('ready\n');
    await process[Symbol.asyncDispose]();
    assert.equal((await runtime.state(id))?.status, 'running');
    const again = await runtime.attach(id, { stdin: true });
    const rest = collect(again.stdout);
    again.stdin?.write('back\n');
    assert.equal((await again.wait()).code, 5);
    assert.equal(await rest.end(), 'got back\n');
    await runtime.delete(id);
  },
  'a slow reader holds the program up and loses nothing': async (runtime, { spec }) => {
    const container = await spec(shell('head -c 4000000 /dev/zero; echo done >/done'));
    await runtime.create(container);
    const process = await runtime.attach(container.id, { stdin: false });
    process.stderr?.resume();
    await runtime.start(container.id);
    await sleep(300);
    assert.equal((await runtime.state(container.id))?.status, 'running');
    let size = 0;
    if (process.stdout) for await (const part of process.stdout) size += (part as Buffer).length;
    assert.equal(size, 4_000_000);
    assert.equal((await process.wait()).code, 0);
    await runtime.delete(container.id);
  },
  'a terminal is one, of the size it was given, and can be resized': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).terminal.available) return;
    const container = await spec({ ...shell('echo begun >&2; while stty size; do sleep 0.02; done'), terminal: true, stdin: true, terminalSize: { columns: 91, rows: 17 } });
    const { id, process, output } = await attached(runtime, container);
    assert.equal(process.stderr, null);
    await output.until('begun\r\n');
    await output.until('17 91\r\n');
    await process.resize({ columns: 120, rows: 40 });
    await output.until('40 120\r\n');
    await runtime.kill(id, 'KILL');
    await output.end();
    await runtime.delete(id);
  },
  'ctrl-c on a terminal interrupts the program': async (runtime, { spec }) => {
    if (!(await runtime.capabilities()).terminal.available) return;
    const { id, process, output } = await attached(runtime, await spec({ ...shell('trap "echo interrupted; exit 130" INT; echo ready; while :; do sleep 0.05; done'), terminal: true, stdin: true }));
    await output.until('ready');
    process.stdin?.write('\x03');
    assert.equal((await process.wait()).code, 130);
    assert.match(await output.end(), /interrupted/);
    await runtime.delete(id);
  },
};
