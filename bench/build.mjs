// Building: F2 is a tree of 42,000 files like a node_modules folder, F3 ten files of 100 MB, F5 four stages, F6 a stage of 59 COPY.
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bigFiles, manyFiles } from './lib/bench.mjs';

/** @param {import('./lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { podman: _, ...peers } = await bench.peers();
  const build = (name, folder, ...flags) => (name === 'buildah' ? peers.buildah(['build', '--runtime', 'runc', '--layers', '-q', ...flags, '-t', 'bench', folder]) : peers[name](['build', '-q', ...flags, '-t', 'bench', folder]));
  const each = (job) => Object.fromEntries(Object.keys(peers).map((name) => [name, job(name)]));
  const context = (name, dockerfile) => {
    const folder = bench.path(name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    return folder;
  };
  const twelve = context('twelve', `FROM localhost/busybox:1\n${Array.from({ length: 12 }, (_, n) => `RUN echo ${n} > /step-${n}`).join('\n')}\n`);
  await bench.compare('12 RUN steps', each((name) => () => bench.sh(build(name, twelve, '--no-cache'))), { rounds: 3, target: 0.5 });
  await bench.compare('12 RUN steps, cached', each((name) => ({ before: (round) => round === 0 && bench.sh(build(name, twelve)), run: () => bench.sh(build(name, twelve)) })), { rounds: 7, target: 0.6 });

  const write = context('write', 'FROM localhost/busybox:1\nRUN dd if=/dev/zero of=/big bs=1M count=500\n');
  await bench.compare('RUN writing 500 MB', each((name) => () => bench.sh(build(name, write, '--no-cache'))), { rounds: 3, target: 0.5 });

  const stages = context('stages', `${Array.from({ length: 4 }, (_, n) => `FROM localhost/busybox:1 AS s${n}\nRUN sleep 0.5 && echo ${n} > /out\nRUN sleep 0.5 && echo ${n} >> /out\n`).join('')}FROM localhost/busybox:1\n${Array.from({ length: 4 }, (_, n) => `COPY --from=s${n} /out /out${n}\n`).join('')}`);
  await bench.compare('F5 cold, independent stages', each((name) => () => bench.sh(build(name, stages, '--no-cache'))), { rounds: 3, target: 0.8 });
  await bench.compare('F5 cached', each((name) => ({ before: (round) => round === 0 && bench.sh(build(name, stages)), run: () => bench.sh(build(name, stages)) })), { rounds: 7, target: 0.6 });

  const layers = context('layers', `FROM localhost/busybox:1\n${Array.from({ length: 59 }, (_, n) => `COPY file-${n} /folder-${n}/`).join('\n')}\n`);
  for (let n = 0; n < 59; n++) writeFileSync(join(layers, `file-${n}`), `file ${n}\n`.repeat(100));
  await bench.compare('F6 cold, 59 COPY', each((name) => () => bench.sh(build(name, layers, '--no-cache'))), { rounds: 2, target: 0.2 });
  await bench.compare('F6 cached', each((name) => ({ before: (round) => round === 0 && bench.sh(build(name, layers)), run: () => bench.sh(build(name, layers)) })), { rounds: 3, target: 0.3 });

  // buildah takes most of a minute for each round of what follows.
  const { buildah: _buildah, ...quick } = peers;
  const eachQuick = (job) => Object.fromEntries(Object.keys(process.argv.includes('--all') ? peers : quick).map((name) => [name, job(name)]));
  const many = context('many', 'FROM localhost/busybox:1\nCOPY . /app\n');
  const bytes = manyFiles(join(many, 'node_modules'), 42_000, 9_000);
  console.log(`  F2: 42,000 files, ${(bytes / 1e6).toFixed(0)} MB`);
  await bench.compare('cold COPY F2', eachQuick((name) => () => bench.sh(build(name, many, '--no-cache'))), { rounds: 2, target: 0.35 });
  await bench.compare('cached F2', eachQuick((name) => ({ before: (round) => round === 0 && bench.sh(build(name, many)), run: () => bench.sh(build(name, many)) })), { rounds: 3, target: 0.4 });
  await bench.compare('one file changed, F2', eachQuick((name) => ({ before: () => appendFileSync(join(many, 'node_modules/package-7/lib-0/file-420.js'), `// ${name}\n`), run: () => bench.sh(build(name, many)) })), { rounds: 2, target: 0.2 });

  // One layer of it in the store, and the room that the files themselves take.
  const many2 = context('many-once', 'FROM scratch\nCOPY . /app\n');
  renameSync(join(many, 'node_modules'), join(many2, 'node_modules'));
  const store = ['--data-root', bench.path('once'), '--run-root', bench.path('caisson-run')];
  const peak = bench.peakMemory([...build('caisson', many2).slice(0, 2), ...store, 'build', '-q', many2]);
  const taken = bench.diskUsage(bench.path('once')) / bench.diskUsage(join(many2, 'node_modules'));
  console.log(`cold COPY F2: peak memory ${peak === undefined ? 'unknown' : `${(peak / 2 ** 20).toFixed(0)} MB (target 150)`}, store ${taken.toFixed(2)} of the files (target 1.05)`);

  const big = context('big', 'FROM localhost/busybox:1\nCOPY . /app\n');
  bigFiles(join(big, 'data'), 10, 100);
  await bench.compare('cold COPY F3', eachQuick((name) => () => bench.sh(build(name, big, '--no-cache'))), { rounds: 2, target: 0.5 });
}
