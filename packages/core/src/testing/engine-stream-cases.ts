import assert from 'node:assert/strict';
import { refused, shell, type EngineCases } from './engine-harness.js';

export const engineStreamCases: EngineCases = {
  'output comes in two streams, whole': async (bench) => {
    const { id, output, errors } = await bench.attach(shell('echo out; echo err >&2; printf tail'));
    assert.deepEqual([await output.end(), await errors.end()], ['out\ntail', 'err\n']);
    assert.equal((await bench.engine.containers.wait(id)).code, 0);
  },
  'input reaches the program and its end does too': async (bench) => {
    const { process, output } = await bench.attach(['cat'], { stdin: true, stdinOnce: true });
    process.stdin?.write('one\n');
    await output.until('one\n');
    process.stdin?.end('two\n');
    assert.equal(await output.end(), 'one\ntwo\n');
    assert.equal((await process.wait()).code, 0);
  },
  'a megabyte passes both ways unchanged': async (bench) => {
    const { process, output } = await bench.attach(shell('cat | md5sum'), { stdin: true, stdinOnce: true });
    process.stdin?.end(Buffer.alloc(1024 * 1024, 'caisson'));
    const { createHash } = await import('node:crypto');
    assert.equal((await output.end()).split(' ')[0], createHash('md5').update(Buffer.alloc(1024 * 1024, 'caisson')).digest('hex'));
    await process.wait();
  },
  'a terminal has one stream, and a size that can change': async (bench) => {
    const { id, process, output } = await bench.attach(shell('test -t 0 && test -t 1 && echo terminal; read x; for i in $(seq 100); do stty size | grep -q "23 91" && break; sleep 0.05; done; stty size; exit 5'), { terminal: true, stdin: true });
    await output.until('terminal');
    await bench.engine.containers.resize(id, { columns: 91, rows: 23 });
    process.stdin?.write('\n');
    assert.match(await output.end(), /23 91/);
    assert.equal((await process.wait()).code, 5);
  },
  'exec runs beside the main process': async (bench) => {
    const { id } = await bench.start(['sleep', '100'], { env: ['OF=container'] });
    const { process, output, errors } = await bench.exec(id, shell('echo $OF $WITH; pwd; id -u; echo bad >&2; exit 9'), { env: ['WITH=exec'], cwd: '/tmp', user: '1000' });
    assert.deepEqual([await output.end(), await errors.end()], ['container exec\n/tmp\n1000\n', 'bad\n']);
    assert.equal((await process.wait()).code, 9);
  },
  'exec takes input': async (bench) => {
    const { id } = await bench.start(['sleep', '100']);
    const { process, output } = await bench.exec(id, ['cat'], { stdin: true });
    process.stdin?.end('typed');
    assert.equal(await output.end(), 'typed');
    assert.equal((await process.wait()).code, 0);
  },
  'exec has a terminal when asked': async (bench) => {
    const { id } = await bench.start(['sleep', '100']);
    const { process, output } = await bench.exec(id, shell('test -t 1 && echo yes'), { terminal: true });
    assert.match(await output.end(), /yes/);
    assert.equal((await process.wait()).code, 0);
  },
  'exec that is detached goes on by itself': async (bench) => {
    const { id } = await bench.start(['sleep', '100']);
    await using process = await bench.engine.containers.exec(id, { args: shell('echo done > /made') }, { stdio: 'none' });
    assert.equal((await process.wait()).code, 0);
    const { output } = await bench.exec(id, ['cat', '/made']);
    assert.equal(await output.end(), 'done\n');
  },
  'exec needs a container that runs': async (bench) => {
    const { id } = await bench.create(['true']);
    await refused(() => bench.engine.containers.exec(id, { args: ['true'] }, { stdio: 'pipe' }), 'in-use');
  },
  'logs are kept, with their streams and times': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(shell('echo one; echo two >&2; echo three'));
    await containers.wait(id);
    const all = await Array.fromAsync(containers.logs(id));
    const text = (stream: string) => all.filter((entry) => entry.stream === stream).map(({ data }) => Buffer.from(data).toString()).join('');
    assert.deepEqual([text('stdout'), text('stderr')], ['one\nthree\n', 'two\n']);
    for (const { at, timestamp } of all) {
      assert.ok(Math.abs(Date.now() - at.getTime()) < 120_000, timestamp);
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    }
    const last = await Array.fromAsync(containers.logs(id, { tail: 1 }));
    assert.equal(last.length, 1);
    assert.deepEqual(await Array.fromAsync(containers.logs(id, { tail: 0 })), []);
  },
  'logs are followed to the end': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(shell('for i in 1 2 3; do echo $i; sleep 0.2; done'));
    let text = '';
    for await (const { data } of containers.logs(id, { follow: true })) text += Buffer.from(data).toString();
    assert.equal(text, '1\n2\n3\n');
  },
  'following logs can be called off': async (bench) => {
    const { id } = await bench.start(shell('echo here; sleep 100'));
    const stop = new AbortController();
    let text = '';
    for await (const { data } of bench.engine.containers.logs(id, { follow: true, signal: stop.signal })) {
      text += Buffer.from(data).toString();
      stop.abort();
    }
    assert.equal(text, 'here\n');
  },
  'leaving an attached container leaves it running': async (bench) => {
    const { id, process, output } = await bench.attach(shell('echo here; sleep 100'));
    await output.until('here');
    await process[Symbol.asyncDispose]();
    assert.equal((await bench.engine.containers.get(id)).status, 'running');
  },
};
