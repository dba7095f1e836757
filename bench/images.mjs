// Pushing, pulling, saving and loading.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bigFiles, manyFiles } from './lib/bench.mjs';

/** @param {import('./lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { buildah: _, ...peers } = await bench.peers();
  const names = Object.keys(peers);
  const each = (job) => Object.fromEntries(names.map((name) => [name, job(name)]));
  const insecure = (name) => (name === 'podman' ? ['--tls-verify=false'] : []);
  // F3 is a gigabyte, a minute's work for each of the peers: once is enough of what takes long, and the F2 part can be had alone.
  const wanted = (process.env.CAISSON_BENCH_FIXTURES ?? 'F2,F3').split(',');
  const fixtures = {
    F2: (folder) => manyFiles(join(folder, 'node_modules'), 42_000, 9_000),
    F3: (folder) => bigFiles(join(folder, 'data'), 10, 100),
  };
  const registry = await bench.registry();
  for (const [fixture, fill] of Object.entries(fixtures).filter(([name]) => wanted.includes(name))) {
    const rounds = fixture === 'F3' ? 1 : 2;
    const folder = bench.path(`images-${fixture}`);
    mkdirSync(folder, { recursive: true });
    fill(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM localhost/busybox:1\nCOPY . /app\n');
    // A repository of its own for each push: nothing is there already.
    const image = (name, round) => `${registry}/${fixture.toLowerCase()}-${name}-${round}:1`;
    for (const name of names) bench.sh(peers[name](['build', '-q', '-t', `bench-${fixture.toLowerCase()}`, folder]));
    const tag = (name, round) => bench.sh(peers[name](['tag', `bench-${fixture.toLowerCase()}`, image(name, round)]));
    await bench.compare(`first push ${fixture}`, each((name) => ({ before: (round) => tag(name, round), run: (round) => bench.sh(peers[name](['push', '-q', ...insecure(name), image(name, round)])) })), { rounds: 1, target: fixture === 'F2' ? 0.4 : 0.5 });
    await bench.compare(`push, all present ${fixture}`, each((name) => () => bench.sh(peers[name](['push', '-q', ...insecure(name), image(name, 0)]))), { rounds: fixture === 'F3' ? 3 : 5, target: 1.0 });
    await bench.compare(`save ${fixture}`, each((name) => ({ run: () => bench.sh(peers[name](['save', '-o', bench.path(`${name}.tar`), image(name, 0)])), after: () => rmSync(bench.path(`${name}.tar`), { force: true }) })), { rounds, target: 0.6 });
    const forget = (name) => {
      for (const one of [image(name, 0), `bench-${fixture.toLowerCase()}`]) bench.sh(peers[name](['rmi', '-f', one]));
      if (name === 'docker') bench.sh(peers.docker(['builder', 'prune', '-af']));
    };
    for (const name of names) forget(name);
    await bench.compare(`pull ${fixture}`, each((name) => ({ run: () => bench.sh(peers[name](['pull', '-q', ...insecure(name), image(name, 0)])), after: () => bench.sh(peers[name](['rmi', '-f', image(name, 0)])) })), { rounds, target: 0.5 });
    rmSync(folder, { recursive: true, force: true });
  }
}
