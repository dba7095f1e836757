import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EndpointSpec, NetworkSpec, PublishedPort } from '@caisson/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { BridgeNetworkDriver, portHolder } from '../../src/index.js';
import { findProgram } from '../../src/host/programs.js';
import { subnetsOf } from '../../src/network/ground.js';
import { OwnNetwork } from '../../../../tests/e2e/own-network.js';
import { freshFolder, isRoot } from '../support/folders.js';

const folder = freshFolder('network');
const runRoot = join(folder, 'run');
// Links, subnets, ports and rules are the host's: each run has its own, since another may be at work meanwhile.
const net = new OwnNetwork();
const second = Number(net.prefix.slice('10.'.length));
const links = `cst${process.pid.toString(36)}`;
const table = `caisson-test-${process.pid}`;
const hostPort = (n: number): number => 10_000 + (process.pid % 1000) * 10 + n;
const driver = new BridgeNetworkDriver({ runRoot, table });
const network = (letter: string, third: number, more: Partial<NetworkSpec> = {}): NetworkSpec => ({ id: `test-${letter}-${process.pid}`, name: letter, bridge: `${links}${letter}`, subnet: `10.${second}.${third}.0/24`, gateway: `10.${second}.${third}.1`, internal: false, ...more });
const one = network('a', 1, { subnet6: `fd13:${second}:1::/64`, gateway6: `fd13:${second}:1::1` });
const two = network('b', 2);
const inner = network('c', 3, { internal: true });

const joined: { network: NetworkSpec; endpoint: EndpointSpec }[] = [];
const children: ChildProcess[] = [];

async function member(of: NetworkSpec, host: number, ports: PublishedPort[] = []): Promise<EndpointSpec> {
  const containerId = `${of.name}${host}`;
  const address = of.gateway.replace(/1$/, String(host));
  const endpoint: EndpointSpec = {
    containerId,
    namespace: await driver.createNamespace(containerId),
    interfaceName: 'eth0',
    address,
    ...(of.gateway6 === undefined ? {} : { address6: of.gateway6.replace(/1$/, String(host)) }),
    macAddress: `02:42:0a:${second.toString(16)}:${of.subnet.split('.')[2]?.padStart(2, '0')}:${host.toString(16).padStart(2, '0')}`,
    ports,
    defaultRoute: true,
  };
  await driver.connect(of, endpoint);
  joined.push({ network: of, endpoint });
  return endpoint;
}

/** A server in a member's namespace that answers with the address it was asked from. */
async function serve({ namespace }: EndpointSpec, port: number): Promise<void> {
  const script = `require('net').createServer(s=>s.on('error',()=>{}).end(s.remoteAddress)).listen(${port},'::',()=>console.log('ready'))`;
  const child = spawn('nsenter', [`--net=${namespace}`, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (child.stdout) await once(child.stdout, 'data');
}

/** What a server says, from the host or from a member; undefined when it is not reached. */
async function ask(address: string, port: number, from?: EndpointSpec): Promise<string | undefined> {
  if (from) {
    const script = `const s=require('net').connect(${port},'${address}');s.setTimeout(3000,()=>process.exit(1));s.on('error',()=>process.exit(1));s.on('data',d=>console.log(String(d)))`;
    try {
      return execFileSync('nsenter', [`--net=${from.namespace}`, process.execPath, '-e', script], { encoding: 'utf8' }).trim();
    } catch {
      return undefined;
    }
  }
  const socket = dial(port, address);
  socket.setTimeout(3000, () => socket.destroy(new Error('timeout')));
  try {
    const [data] = (await once(socket, 'data')) as [Buffer];
    return String(data);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** Whether interfaces of a kind can be made, on a pair that is made for the question. */
function kernelHas(kind: string): boolean {
  const [parent, child] = [`${links}r`, `${links}s`];
  spawnSync('ip', ['link', 'add', parent, 'type', 'veth', 'peer', child]);
  const { status } = spawnSync('ip', ['link', 'add', 'link', parent, 'name', `${links}t`, 'type', kind]);
  spawnSync('ip', ['link', 'del', parent]);
  return status === 0;
}

const publish = (hostPort: number, more: Partial<PublishedPort> = {}): PublishedPort => ({ protocol: 'tcp', hostIp: '', hostPort, containerPort: 80, ...more });
const hostAddress = Object.values(networkInterfaces()).flat().find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address ?? '';
const plain = (address: string | undefined) => address?.replace('::ffff:', '');

describe.skipIf(!isRoot || !findProgram('nft'))('BridgeNetworkDriver (needs root and nft)', () => {
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const { network: of, endpoint } of joined.splice(0)) {
      await driver.disconnect(of, endpoint);
      await driver.removeNamespace(endpoint.containerId);
    }
  });

  afterAll(async () => {
    for (const each of [one, two, inner]) await driver.remove(each);
    expect(readdirSync(join(runRoot, 'netns'))).toEqual([]);
    expect(readdirSync(join(runRoot, 'networks'))).toEqual([]);
    expect(readdirSync(join(runRoot, 'published'))).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(runRoot);
    expect(readdirSync('/sys/class/net').filter((name) => name.startsWith(links))).toEqual([]);
    expect(execFileSync('nft', ['list', 'table', 'inet', table], { encoding: 'utf8' })).not.toContain(links);
    execFileSync('nft', ['delete', 'table', 'inet', table]);
    net[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets members of one network reach each other and the host, by both families', async () => {
    const [left, right] = [await member(one, 2), await member(one, 3)];
    await serve(left, 80);
    expect(plain(await ask(left.address, 80, right))).toBe(right.address);
    expect(await ask(left.address6 ?? '', 80, right)).toBe(right.address6);
    expect(plain(await ask(left.address, 80))).toBe(one.gateway);
  });

  it('keeps networks apart', async () => {
    const [left, right] = [await member(one, 2), await member(two, 2)];
    await serve(left, 80);
    expect(await ask(left.address, 80, right)).toBeUndefined();
  });

  it('reaches a published port from the host’s loopback and address, and from containers by the host’s address', async () => {
    const server = await member(one, 2, [publish(hostPort(0))]);
    const other = await member(one, 3);
    await serve(server, 80);
    expect(plain(await ask('127.0.0.1', hostPort(0)))).toBe(one.gateway);
    expect(await ask(hostAddress, hostPort(0))).toBeDefined();
    expect(plain(await ask(hostAddress, hostPort(0), other))).toBe(one.gateway);
    expect(plain(await ask(hostAddress, hostPort(0), server))).toBe(one.gateway);
    expect(await ask(hostAddress, hostPort(0), await member(two, 2))).toBeDefined();
    expect(await ask('127.0.0.1', hostPort(1))).toBeUndefined();
  });

  it('publishes on one address only where one is given', async () => {
    const server = await member(two, 2, [publish(hostPort(2), { hostIp: '127.0.0.1' })]);
    await serve(server, 80);
    expect(await ask('127.0.0.1', hostPort(2))).toBeDefined();
    expect(await ask(hostAddress, hostPort(2))).toBeUndefined();
  });

  it('lets nothing in or out of an internal network', async () => {
    const [left, right] = [await member(inner, 2), await member(inner, 3)];
    await serve(left, 80);
    expect(plain(await ask(left.address, 80, right))).toBe(right.address);
    const outside = await member(two, 2);
    await serve(outside, 80);
    expect(await ask(outside.address, 80, left)).toBeUndefined();
    expect(execFileSync('nsenter', [`--net=${left.namespace}`, 'ip', 'route'], { encoding: 'utf8' })).not.toContain('default');
  });

  it('keeps containers from the host’s loopback', async () => {
    const inside = await member(one, 2);
    const server = createServer((socket) => socket.end('host')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    execFileSync('nsenter', [`--net=${inside.namespace}`, 'sh', '-c', `ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via ${one.gateway} dev eth0; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet`]);
    expect(await ask('127.0.0.1', port, inside)).toBeUndefined();
    server.close();
  });

  it('may be told everything twice', async () => {
    const server = await member(one, 2, [publish(hostPort(3))]);
    await driver.connect(one, server);
    await serve(server, 80);
    expect(await ask('127.0.0.1', hostPort(3))).toBeDefined();
    await driver.disconnect(one, server);
    await driver.disconnect(one, server);
    expect(await ask('127.0.0.1', hostPort(3))).toBeUndefined();
    await driver.remove(two);
    await driver.remove(two);
  });

  it('mends rules that somebody has flushed when a port is published', async () => {
    await member(one, 2);
    execFileSync('nft', ['delete', 'table', 'inet', table]);
    const server = await member(one, 3, [publish(hostPort(4))]);
    await serve(server, 80);
    expect(await ask('127.0.0.1', hostPort(4))).toBeDefined();
  });

  it('refuses a port that another container has', async () => {
    await member(one, 2, [publish(hostPort(5))]);
    await expect(member(two, 2, [publish(hostPort(5))])).rejects.toMatchObject({ code: 'in-use' });
    await driver.removeNamespace('b2');
  });

  it('does not take a port from who has it by now', async () => {
    const before = await member(one, 2, [publish(hostPort(6))]);
    await driver.disconnect(one, before);
    const server = await member(two, 2, [publish(hostPort(6))]);
    await serve(server, 80);
    await driver.disconnect(one, before);
    expect(await ask('127.0.0.1', hostPort(6))).toBeDefined();
  });

  it('joins a namespace that is known by a process, and leaves with it', async () => {
    const sleeper = spawn('unshare', ['-n', 'sleep', '100'], { stdio: 'ignore' });
    children.push(sleeper);
    await expect.poll(() => readNamespace(sleeper.pid) !== readNamespace(process.pid)).toBe(true);
    const endpoint: EndpointSpec = { containerId: 'sleeper', namespace: `/proc/${sleeper.pid}/ns/net`, interfaceName: 'eth0', address: `10.${second}.1.9`, macAddress: `02:42:0a:${second.toString(16)}:01:09`, ports: [], defaultRoute: true };
    await driver.connect(one, endpoint);
    expect(execFileSync('nsenter', [`--net=${endpoint.namespace}`, 'ip', 'addr'], { encoding: 'utf8' })).toContain(`10.${second}.1.9/24`);
    sleeper.kill('SIGKILL');
    await driver.disconnect(one, endpoint);
    await expect.poll(() => execFileSync('ip', ['link', 'show', 'master', one.bridge], { encoding: 'utf8' })).toBe('');
  });

  it('knows the subnets in use', async () => {
    await member(one, 2);
    expect(await driver.usedSubnets()).toContain(one.subnet);
  });

  it('knows addresses of links that are down, and routes of every table', async () => {
    const namespace = await driver.createNamespace('subnets');
    const ip = (...args: string[]) => execFileSync('nsenter', [`--net=${namespace}`, 'ip', ...args]);
    ip('link', 'add', 'down0', 'type', 'bridge');
    ip('addr', 'add', '10.44.3.9/20', 'dev', 'down0');
    ip('-6', 'addr', 'add', 'fd44::9/64', 'dev', 'down0');
    ip('route', 'add', 'blackhole', '10.45.0.0/16', 'table', '4545');
    const fd = openSync(namespace, 'r');
    expect(subnetsOf(fd).toSorted()).toEqual(['10.44.0.0/20', '10.45.0.0/16', '127.0.0.0/8', 'fd44:0000:0000:0000:0000:0000:0000:0000/64']);
    closeSync(fd);
    await driver.removeNamespace('subnets');
  });

  it('lets one at a time choose a subnet, and makes its bridge', async () => {
    let choosing = 0;
    const chosen: (readonly string[])[] = [];
    const choose = (network: NetworkSpec) =>
      driver.claim(({ taken }) => {
        expect(choosing++).toBe(0);
        chosen.push(taken);
        choosing--;
        return network;
      });
    await Promise.all([choose(network('d', 4)), choose(network('e', 5))]);
    expect(chosen[1]?.filter((subnet) => [`10.${second}.4.0/24`, `10.${second}.5.0/24`].includes(subnet))).toHaveLength(1);
    expect([driver.holds(network('d', 4)), driver.holds(network('x', 9))]).toEqual([true, false]);
    await Promise.all([driver.remove(network('d', 4)), driver.remove(network('e', 5))]);
    expect(driver.holds(network('d', 4))).toBe(false);
  });

  it('keeps the members of an isolated network apart, but for published ports', async () => {
    const apart = network('f', 6, { isolated: true, subnet6: `fd13:${second}:6::/64`, gateway6: `fd13:${second}:6::1` });
    const [left, right] = [await member(apart, 2, [publish(hostPort(7))]), await member(apart, 3)];
    await serve(left, 80);
    expect(plain(await ask(left.address, 80))).toBe(apart.gateway);
    expect(await ask(left.address, 80, right)).toBeUndefined();
    expect(await ask(left.address6 ?? '', 80, right)).toBeUndefined();
    // By the gateway's way round, too.
    execFileSync('nsenter', [`--net=${right.namespace}`, 'ip', 'route', 'add', left.address, 'via', apart.gateway, 'onlink', 'dev', 'eth0']);
    expect(await ask(left.address, 80, right)).toBeUndefined();
    expect(plain(await ask(hostAddress, hostPort(7), right))).toBeDefined();
    for (const { network: of, endpoint } of joined.splice(0)) {
      await driver.disconnect(of, endpoint);
      await driver.removeNamespace(endpoint.containerId);
    }
    await driver.remove(apart);
  });

  it.skipIf(!kernelHas('ipvlan')).each(['l2', 'l3', 'l3s'])('shares an interface in the mode %s of ipvlan (needs a kernel with ipvlan)', async (mode) => {
    execFileSync('ip', ['link', 'add', `${links}p`, 'up', 'type', 'veth', 'peer', `${links}q`]);
    execFileSync('ip', ['link', 'set', `${links}q`, 'up']);
    const shared: NetworkSpec = { id: `shared-${process.pid}`, name: 's', driver: 'ipvlan', mode, bridge: `${links}p`, subnet: `10.${second}.9.0/24`, gateway: `10.${second}.9.1`, internal: false };
    const [left, right] = [await member(shared, 2), await member(shared, 3)];
    await serve(left, 80);
    expect(plain(await ask(left.address, 80, right))).toBe(right.address);
    const link = execFileSync('nsenter', [`--net=${right.namespace}`, 'ip', '-d', 'link', 'show', 'eth0'], { encoding: 'utf8' });
    expect(link).toMatch(new RegExp(`ipvlan +mode ${mode} `));
    expect(execFileSync('nsenter', [`--net=${right.namespace}`, 'ip', 'route', 'show', 'default'], { encoding: 'utf8' }).trim()).toMatch(mode === 'l2' ? new RegExp(`^default via 10.${second}.9.1 dev eth0`) : /^default dev eth0/);
    execFileSync('ip', ['link', 'del', `${links}p`]);
  });

  it.skipIf(kernelHas('ipvlan'))('says that the kernel has no ipvlan (needs one that has none)', async () => {
    execFileSync('ip', ['link', 'add', `${links}p`, 'type', 'veth', 'peer', `${links}q`]);
    const made = member({ id: `shared-${process.pid}`, name: 's', driver: 'ipvlan', mode: 'l3', bridge: `${links}p`, subnet: `10.${second}.9.0/24`, gateway: `10.${second}.9.1`, internal: false }, 2);
    await made.catch(() => {});
    execFileSync('ip', ['link', 'del', `${links}p`]);
    await driver.removeNamespace('s2');
    await expect(made).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(/kernel has no ipvlan/) as string });
  });

  it('tells who has a port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(portHolder('tcp', '', port)).toMatchObject({ pid: process.pid });
    expect(portHolder('tcp', '127.0.0.1', port)).toMatchObject({ pid: process.pid });
    expect(portHolder('tcp', '10.9.8.7', port)).toBeUndefined();
    expect(portHolder('udp', '', port)).toBeUndefined();
    server.close();
  });

  it('leaves no bridge behind', async () => {
    await member(two, 2);
    const { network: of, endpoint } = joined.pop() ?? {};
    if (!of || !endpoint) throw new Error('not joined');
    await driver.disconnect(of, endpoint);
    await driver.removeNamespace(endpoint.containerId);
    await driver.remove(of);
    expect(existsSync(`/sys/class/net/${of.bridge}`)).toBe(false);
  });
});

function readNamespace(pid: number | undefined): string {
  return execFileSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' });
}
