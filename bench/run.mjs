// Starting, stopping and looking at containers.
import { split } from './lib/bench.mjs';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const image = 'localhost/busybox:1';

/** @param {import('./lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { buildah: _, ...peers } = await bench.peers();
  const each = (job) => Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, job(peer, name)]));
  const sh = (command) => bench.sh(command);

  for (const [network, target] of [['none', 0.6], ['bridge', 0.5], ['host', 0.6]])
    await bench.compare(`run --rm true, net ${network}`, each((peer) => () => sh(peer(['run', '--rm', '--network', network, image, 'true']))), { rounds: 11, target });

  let count = 0;
  const named = () => `bench-${count++}`;
  const detached = (peer, name, command = ['sleep', '600']) => sh(peer(['run', '-d', '--network', 'none', '--name', name, image, ...command]));
  const held = () => {
    let name;
    return { name: () => name, next: () => (name = named()) };
  };
  await bench.compare('run -d', each((peer) => { const h = held(); return { run: () => detached(peer, h.next()), after: () => sh(peer(['rm', '-f', h.name()])) }; }), { target: 0.7 });
  await bench.compare('start', each((peer) => { const h = held(); return { before: () => sh(peer(['create', '--network', 'none', '--name', h.next(), image, 'sleep', '600'])), run: () => sh(peer(['start', h.name()])), after: () => sh(peer(['rm', '-f', h.name()])) }; }), { target: 0.7 });
  await bench.compare('stop (TERM handled)', each((peer) => { const h = held(); return { before: () => detached(peer, h.next(), ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.01; done']), run: () => sh(peer(['stop', h.name()])), after: () => sh(peer(['rm', h.name()])) }; }), { target: 0.8 });
  await bench.compare('rm -f', each((peer) => { const h = held(); return { before: () => detached(peer, h.next()), run: () => sh(peer(['rm', '-f', h.name()])) }; }), { target: 0.8 });
  for (const peer of Object.values(peers)) detached(peer, 'held');
  await bench.compare('exec true', each((peer) => () => sh(peer(['exec', 'held', 'true']))), { rounds: 11, target: 0.8 });
  await bench.compare('ps', each((peer) => () => sh(peer(['ps']))), { rounds: 11, target: 1.1 });
  await bench.compare('inspect', each((peer) => () => sh(peer(['inspect', 'held']))), { rounds: 11, target: 1.1 });
  await bench.compare('images', each((peer) => () => sh(peer(['images']))), { rounds: 11, target: 1.1 });
  for (const network of ['none', 'bridge'])
    await bench.compare(`20 at once, net ${network}`, each((peer) => () => Promise.all(Array.from({ length: 20 }, () => start(peer(['run', '--rm', '--network', network, image, 'true']))))), { rounds: 3, target: 0.6 });
  for (const peer of Object.values(peers)) sh(peer(['rm', '-f', 'held']));
  await running(bench, peers);
}

/** What containers that do nothing cost: memory (proportional set size, their own program included) and processes of each. */
async function running(bench, peers) {
  const count = Number(process.env.BENCH_RUNNING ?? 200);
  const line = [];
  for (const [place, [name, peer]] of Object.entries(peers).entries()) {
    // A program of this peer's alone, by which its processes are known.
    const seconds = String(86_000 + place);
    const names = Array.from({ length: count }, (_, index) => `many-${index}`);
    const before = usage(bench, seconds, name);
    for (let from = 0; from < count; from += 4) await Promise.all(names.slice(from, from + 4).map((container) => start(peer(['run', '-d', '--network', 'none', '--name', container, image, 'sleep', seconds]))));
    const after = usage(bench, seconds, name);
    line.push(`${name} ${((after.bytes - before.bytes) / count / 1024 ** 2).toFixed(2)} MB, ${((after.processes - before.processes) / count).toFixed(1)} processes`);
    for (let from = 0; from < count; from += 50) bench.sh(peer(['rm', '-f', ...names.slice(from, from + 50)]));
  }
  console.log(`${`${count} running, each`.padEnd(34)} ${line.map((text) => text.padEnd(30)).join(' ')}`);
}

/** Of all processes that serve one peer: those with the benchmark's folder on their command line, and the containers' own. */
function usage(bench, seconds, name) {
  const result = { bytes: 0, processes: 0 };
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)) {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const own = args[0] === 'sleep' && args[1] === seconds;
      if (!own && !args.some((argument) => argument.includes(bench.path(name)))) continue;
      result.bytes += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
      result.processes++;
    } catch {
      // It has just ended.
    }
  }
  return result;
}

function start(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(...split(command), { stdio: 'ignore' });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${code}`))));
  });
}
