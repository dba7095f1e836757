import assert from 'node:assert/strict';
import { refused, shell, type EngineCases } from './engine-harness.js';

export const containerCases: EngineCases = {
  'a container runs and its exit code is told': async (bench) => {
    const { containers } = bench.engine;
    const name = bench.name();
    const created = await bench.create(shell('exit 7'), { name, labels: { tier: 'test' } });
    assert.match(created.id, /^[0-9a-f]{64}$/);
    assert.deepEqual([created.name, created.status, created.labels.tier], [name, 'created', 'test']);
    assert.deepEqual(created.process.args, shell('exit 7'));
    await containers.start(name);
    assert.equal((await containers.wait(name)).code, 7);
    const after = await containers.get(created.id.slice(0, 12));
    assert.deepEqual([after.status, after.state.exitCode, after.state.pid], ['exited', 7, 0]);
    // The start is noted by who started it, the end by who saw it.
    assert.ok(Date.parse(after.state.finishedAt ?? '') >= Date.parse(after.state.startedAt ?? '') - 2000);
  },
  'lists show what runs, and all when asked': async (bench) => {
    const { containers } = bench.engine;
    const running = await bench.start(['sleep', '100'], { labels: { shown: 'yes' } });
    const created = await bench.create(['true']);
    const ids = async (all: boolean) => (await containers.list({ all })).map(({ id }) => id);
    assert.ok((await ids(false)).includes(running.id));
    assert.ok(!(await ids(false)).includes(created.id));
    assert.ok((await ids(true)).includes(created.id));
    const summary = (await containers.list()).find(({ id }) => id === running.id);
    assert.ok(summary);
    assert.deepEqual([summary.name, summary.status, summary.labels.shown], [running.name, 'running', 'yes']);
    assert.equal(summary.process.args.join(' '), 'sleep 100');
    assert.ok(Math.abs(Date.now() - summary.created.getTime()) < 120_000);
    assert.match(summary.image.id, /^sha256:/);
  },
  'what is not there is not found': async (bench) => {
    const { containers } = bench.engine;
    const none = 'caisson-test-nobody';
    await refused(() => containers.get(none), 'not-found');
    await refused(() => containers.start(none), 'not-found');
    await refused(() => containers.stop(none), 'not-found');
    await refused(() => containers.kill(none), 'not-found');
    await refused(() => containers.remove(none), 'not-found');
    await refused(() => containers.wait(none), 'not-found');
    await refused(() => containers.exec(none, { args: ['true'] }, { stdio: 'pipe' }), 'not-found');
  },
  'an image that is not there is not found': async (bench) => {
    await refused(() => bench.engine.containers.create({ image: 'localhost/caisson-test-none:1', pull: 'never' }), 'not-found');
  },
  'a name is taken once': async (bench) => {
    const name = bench.name();
    await bench.create(['true'], { name });
    await refused(() => bench.create(['true'], { name }), 'in-use', 'already-exists');
  },
  'a name that is none is refused': async (bench) => {
    await refused(() => bench.create(['true'], { name: 'no/name' }), 'invalid-argument');
  },
  'a container gets another name': async (bench) => {
    const [one, other] = [bench.name(), bench.name()];
    const { id } = await bench.create(['true'], { name: one });
    await bench.engine.containers.rename(one, other);
    assert.equal((await bench.engine.containers.get(other)).id, id);
    await refused(() => bench.engine.containers.get(one), 'not-found');
  },
  'kill ends it with 128 and the signal': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(['sleep', '100']);
    await containers.kill(id);
    assert.equal((await containers.wait(id)).code, 137);
    await refused(() => containers.kill(id), 'in-use');
  },
  'a signal by name reaches the program': async (bench) => {
    const { id, output } = await bench.attach(shell('trap "echo got; exit 3" USR1; echo ready; while :; do sleep 0.05; done'));
    await output.until('ready\n');
    await bench.engine.containers.kill(id, 'SIGUSR1');
    assert.equal((await bench.engine.containers.wait(id)).code, 3);
    assert.equal(await output.end(), 'ready\ngot\n');
  },
  'stop sends TERM, then kills': async (bench) => {
    const { containers } = bench.engine;
    const polite = await bench.attach(shell('trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'));
    await polite.output.until('ready');
    await containers.stop(polite.id, { timeout: 20 });
    assert.equal((await containers.get(polite.id)).state.exitCode, 0);
    const deaf = await bench.attach(shell('trap "" TERM; echo ready; while :; do sleep 0.05; done'));
    await deaf.output.until('ready');
    await containers.stop(deaf.id, { timeout: 1 });
    assert.equal((await containers.get(deaf.id)).state.exitCode, 137);
    await containers.stop(deaf.id); // what is stopped is stopped
  },
  'what has exited starts again, and restarts': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(shell('echo x >> /count; sleep 100'));
    await (await bench.exec(id, shell('until test -s /count; do sleep 0.05; done'))).output.end();
    await containers.restart(id, { timeout: 0 });
    assert.equal((await containers.get(id)).status, 'running');
    const { output } = await bench.exec(id, shell('until test "$(wc -l < /count)" = 2; do sleep 0.05; done; cat /count'));
    assert.equal(await output.end(), 'x\nx\n');
  },
  'pause freezes and unpause lets go on': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(['sleep', '100']);
    await containers.pause(id);
    assert.equal((await containers.get(id)).status, 'paused');
    await containers.unpause(id);
    assert.equal((await containers.get(id)).status, 'running');
  },
  'wait knows its conditions': async (bench) => {
    const { containers } = bench.engine;
    // It goes on for a while, so that whoever is asked has heard of both waits before it ends.
    const { id } = await bench.create(shell('sleep 2; exit 4'));
    assert.equal((await containers.wait(id)).code, 0); // never started
    const next = containers.wait(id, { condition: 'next-exit' });
    const removed = containers.wait(id, { condition: 'removed' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await containers.start(id);
    assert.equal((await next).code, 4);
    await containers.remove(id);
    await removed;
  },
  'a wait can be called off': async (bench) => {
    const { id } = await bench.start(['sleep', '100']);
    const stop = new AbortController();
    const waiting = bench.engine.containers.wait(id, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await refused(() => waiting, 'cancelled');
  },
  'what runs is not removed without force': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(['sleep', '100']);
    await refused(() => containers.remove(id), 'in-use');
    await containers.remove(id, { force: true });
    await refused(() => containers.get(id), 'not-found');
  },
  'one that is to be removed goes with its exit': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.create(['sleep', '2'], { autoRemove: true });
    const gone = containers.wait(id, { condition: 'removed' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await containers.start(id);
    assert.equal((await gone).code, 0);
    await refused(() => containers.get(id), 'not-found');
  },
  'options reach the container': async (bench) => {
    const script = 'id -u; pwd; hostname; echo $GREETING; cat /data/x; touch /ro/y 2>/dev/null || echo read-only; mount | grep -c " /scratch "';
    const volume = await bench.engine.volumes.create({ name: bench.name() });
    bench.after(() => bench.engine.volumes.remove(volume.name));
    const writer = await bench.start(shell('echo kept > /data/x'), { mounts: [{ type: 'volume', source: volume.name, target: '/data' }] });
    assert.equal((await bench.engine.containers.wait(writer.id)).code, 0);
    const { output, id } = await bench.attach(shell(script), {
      user: '1000',
      workingDir: '/tmp',
      hostname: 'boat',
      env: ['GREETING=hello there'],
      mounts: [{ type: 'volume', source: volume.name, target: '/data' }, { type: 'volume', source: volume.name, target: '/ro', readOnly: true }, { type: 'tmpfs', target: '/scratch' }],
    });
    assert.equal(await output.end(), '1000\n/tmp\nboat\nhello there\nkept\nread-only\n1\n');
    const record = await bench.engine.containers.get(id);
    assert.deepEqual([record.process.user, record.process.cwd, record.hostname], ['1000', '/tmp', 'boat']);
    assert.deepEqual(record.mounts.filter(({ kind }) => kind === 'volume').map(({ volume: name, destination }) => `${name} ${destination}`).sort(), [`${volume.name} /data`, `${volume.name} /ro`]);
  },
  'limits can be changed': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(['sleep', '100'], { resources: { memory: 64 * 1024 * 1024, memorySwap: 64 * 1024 * 1024 } });
    assert.equal((await containers.get(id)).options.resources?.memory, 64 * 1024 * 1024);
    await containers.update(id, { resources: { memory: 96 * 1024 * 1024, memorySwap: 96 * 1024 * 1024 }, restart: { name: 'on-failure', maximumRetries: 3 } });
    const { options } = await containers.get(id);
    assert.deepEqual([options.resources?.memory, options.restart?.name, options.restart?.maximumRetries], [96 * 1024 * 1024, 'on-failure', 3]);
  },
  'stats and processes of what runs': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(['sleep', '100']);
    const [stats] = await Array.fromAsync(containers.stats(id));
    assert.ok(stats);
    assert.equal(stats.id, id);
    assert.ok(stats.pids >= 1 && stats.cpuNanoseconds > 0 && stats.memoryLimit >= 0);
    const { titles, processes } = await containers.top(id);
    assert.ok(titles.includes('PID'), JSON.stringify(titles));
    assert.ok(processes.some((row) => row.some((cell) => cell.includes('sleep'))), JSON.stringify({ titles, processes }));
  },
  'what does not run can be pruned': async (bench) => {
    const { containers } = bench.engine;
    const name = bench.name();
    const { id } = await bench.create(['true'], { labels: { [name]: '1' } });
    const kept = await bench.create(['true']);
    const { containers: removed } = await containers.prune({ labels: { [name]: '1' } });
    assert.deepEqual(removed, [id]);
    await containers.get(kept.id);
  },
};
