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
  const wanted = (process.env.CAISSON_BENCH_FIXTURES ?? 'F2,F6,F3').split(',');
  const fixtures = {
    F2: (folder) => manyFiles(join(folder, 'node_modules'), 42_000, 9_000),
    F6: (folder) => {
      mkdirSync(join(folder, 'data'));
      for (let n = 1; n < 60; n++) writeFileSync(join(folder, 'data', `file-${n}`), `file ${n}\n`);
    },
    F3: (folder) => bigFiles(join(folder, 'data'), 10, 100),
  };
  /** What each of them is to take of the best peer's time. */
  const targets = { F2: { first: 0.4, present: 1.0, save: 0.6, pull: 0.5 }, F6: { present: 0.2 }, F3: { first: 0.5, present: 1.0, pull: 0.5 } };
  const registry = await bench.registry();
  for (const [fixture, fill] of Object.entries(fixtures).filter(([name]) => wanted.includes(name))) {
    const rounds = fixture === 'F3' ? 1 : 2;
    const folder = bench.path(`images-${fixture}`);
    mkdirSync(folder, { recursive: true });
    fill(folder);
    // F6 is 60 layers: that of its base and one for each file.
    const copies = fixture === 'F6' ? Array.from({ length: 59 }, (_, n) => `COPY data/file-${n + 1} /app/`) : ['COPY . /app'];
    writeFileSync(join(folder, 'Dockerfile'), ['FROM localhost/busybox:1', ...copies, ''].join('\n'));
    // A repository of its own for each push: nothing is there already.
    const image = (name, round) => `${registry}/${fixture.toLowerCase()}-${name}-${round}:1`;
    for (const name of names) bench.sh(peers[name](['build', '-q', '-t', `bench-${fixture.toLowerCase()}`, folder]));
    const tag = (name, round) => bench.sh(peers[name](['tag', `bench-${fixture.toLowerCase()}`, image(name, round)]));
    await bench.compare(`first push ${fixture}`, each((name) => ({ before: (round) => tag(name, round), run: (round) => bench.sh(peers[name](['push', '-q', ...insecure(name), image(name, round)])) })), { rounds: 1, target: targets[fixture].first });
    await bench.compare(`push, all present ${fixture}`, each((name) => () => bench.sh(peers[name](['push', '-q', ...insecure(name), image(name, 0)]))), { rounds: fixture === 'F3' ? 3 : 5, target: targets[fixture].present });
    const archive = (name) => bench.path(`${name}.tar`);
    await bench.compare(`save ${fixture}`, each((name) => ({ before: () => rmSync(archive(name), { force: true }), run: () => bench.sh(peers[name](['save', '-o', archive(name), image(name, 0)])) })), { rounds, target: targets[fixture].save });
    const forget = (name) => {
      for (const one of [image(name, 0), `bench-${fixture.toLowerCase()}`]) bench.sh(peers[name](['rmi', '-f', one]));
      if (name === 'docker') bench.sh(peers.docker(['builder', 'prune', '-af']));
    };
    for (const name of names) forget(name);
    await bench.compare(`load ${fixture}`, each((name) => ({ run: () => bench.sh(peers[name](['load', '-q', '-i', archive(name)])), after: () => bench.sh(peers[name](['rmi', '-f', image(name, 0)])) })), { rounds });
    for (const name of names) rmSync(archive(name), { force: true });
    await bench.compare(`pull ${fixture}`, each((name) => ({ run: () => bench.sh(peers[name](['pull', '-q', ...insecure(name), image(name, 0)])), after: () => bench.sh(peers[name](['rmi', '-f', image(name, 0)])) })), { rounds, target: targets[fixture].pull });
    rmSync(folder, { recursive: true, force: true });
  }
}
