// Starting, stopping and looking at containers.
import { start } from './lib/start.mjs';

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
}
