// What containers that do nothing cost, many at a time: memory, processes, and how often they wake. BENCH_RUNNING (200) says how many there are,
// BENCH_IDLE (10) for how many seconds they are looked at.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './lib/start.mjs';

const image = 'localhost/busybox:1';
const count = Number(process.env.BENCH_RUNNING ?? 200);
const idle = Number(process.env.BENCH_IDLE ?? 10);

/** @param {import('./lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { buildah: _, ...peers } = await bench.peers();
  const width = 22;
  console.log([`${count} running, each`.padEnd(width), 'memory (PSS)'.padStart(14), 'processes'.padStart(11), `runs in ${idle} s`.padStart(14), `CPU in ${idle} s, all`.padStart(20)].join(''));
  for (const [place, [name, peer]] of Object.entries(peers).entries()) {
    // A program of this peer's alone, by which its processes are known.
    const seconds = String(86_000 + place);
    const names = Array.from({ length: count }, (_, index) => `many-${index}`);
    const before = usage(bench, seconds, name);
    for (let from = 0; from < count; from += 4) await Promise.all(names.slice(from, from + 4).map((container) => start(peer(['run', '-d', '--network', 'none', '--name', container, image, 'sleep', seconds]))));
    await sleep(1000); // what is left of the last start is not idle yet
    const first = usage(bench, seconds, name);
    await sleep(idle * 1000);
    const second = usage(bench, seconds, name);
    const each = (what) => (first[what] - before[what]) / count;
    console.log([
      name.padEnd(width),
      `${(each('bytes') / 1024 ** 2).toFixed(2)} MB`.padStart(14),
      each('processes').toFixed(1).padStart(11),
      ((second.runs - first.runs) / count).toFixed(2).padStart(14),
      `${((second.nanoseconds - first.nanoseconds) / 1e6).toFixed(1)} ms`.padStart(20),
    ].join(''));
    for (let from = 0; from < count; from += 50) bench.sh(peer(['rm', '-f', ...names.slice(from, from + 50)]));
  }
}

/** Of all processes that serve one peer: those with the benchmark's folder on their command line, and the containers' own. */
function usage(bench, seconds, name) {
  const result = { bytes: 0, processes: 0, runs: 0, nanoseconds: 0 };
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)) {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const own = args[0] === 'sleep' && args[1] === seconds;
      if (!own && !args.some((argument) => argument.includes(bench.path(name)))) continue;
      result.bytes += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        // Nanoseconds on a CPU, nanoseconds waiting for one, and how often it ran (proc(5)).
        const [ran = 0, , slices = 0] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ').map(Number);
        result.nanoseconds += ran;
        result.runs += slices;
      }
      result.processes++;
    } catch {
      // It has just ended.
    }
  }
  return result;
}
