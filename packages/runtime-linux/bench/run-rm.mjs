// Times what `run --rm` asks of this package: create, attach, start, wait and delete, in one process. Needs root, runc, conmon and a build.
//
//     node packages/runtime-linux/bench/run-rm.mjs [rounds]
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeNetworkDriver, LinuxRuntime } from '../dist/index.js';

const rounds = Number(process.argv[2] ?? 15);
const folder = mkdtempSync(join(tmpdir(), 'caisson-bench-'));
const runRoot = join(folder, 'run');
const base = join(folder, 'base');
for (const name of ['bin', 'proc', 'sys', 'dev', 'etc']) mkdirSync(join(base, name), { recursive: true });
cpSync('/bin/busybox', join(base, 'bin/busybox'));
symlinkSync('busybox', join(base, 'bin/true'));

const runtime = new LinuxRuntime({ runRoot });
const driver = new BridgeNetworkDriver({ runRoot });
const network = { id: 'bench', name: 'bench', bridge: 'csbench0', subnet: '10.214.0.0/24', gateway: '10.214.0.1', internal: false };
const endpoint = (id, namespace, ports) => ({ containerId: id, namespace, interfaceName: 'eth0', address: '10.214.0.2', macAddress: '02:42:0a:d6:00:02', ports, defaultRoute: true });

async function once(id, kind) {
  const own = join(folder, id);
  for (const name of ['upper', 'work']) mkdirSync(join(own, name), { recursive: true });
  const bridge = kind.startsWith('bridge');
  await runtime.create({
    id,
    rootfs: [{ type: 'overlay', source: 'overlay', options: [`lowerdir=${base}`, `upperdir=${own}/upper`, `workdir=${own}/work`] }],
    process: { args: ['true'], env: ['PATH=/bin'], cwd: '/', user: '', terminal: false, stdin: false },
    mounts: [],
    ...(kind === 'host' ? { networkNamespace: 'host' } : {}),
    resources: {},
    security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
  });
  const ports = kind === 'bridge, a port' ? [{ protocol: 'tcp', hostIp: '', hostPort: 18199, containerPort: 80 }] : [];
  const { pid } = await runtime.state(id);
  const joined = endpoint(id, `/proc/${pid}/ns/net`, ports);
  if (bridge) await driver.connect(network, joined);
  const client = await runtime.attach(id, { stdin: false });
  client.stdout.resume();
  client.stderr.resume();
  await runtime.start(id);
  await client.wait();
  await runtime.delete(id);
  if (bridge) await driver.disconnect(network, joined);
}

for (const kind of ['none', 'host', 'bridge', 'bridge, a port']) {
  const times = [];
  for (let round = 0; round < rounds + 2; round++) {
    const start = performance.now();
    await once(`bench-${round}`, kind);
    if (round >= 2) times.push(performance.now() - start);
    rmSync(join(folder, `bench-${round}`), { recursive: true });
  }
  times.sort((a, b) => a - b);
  process.stdout.write(`${kind.padEnd(16)} median ${times[times.length >> 1].toFixed(1)} ms, best ${times[0].toFixed(1)} ms\n`);
}
await driver.remove(network);
rmSync(folder, { recursive: true });
