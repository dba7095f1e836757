import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { isCaissonError, type EndpointSpec, type ErrorCode, type NetworkSpec } from '@caisson/core';
import type { Case } from '@caisson/core/testing';
import { openVmCompute } from '../../src/hcs/vmcompute.js';
import { Hns } from '../../src/network/hns.js';
import { HnsNetworkDriver } from '../../src/network/hns-driver.js';
import { calls, faults, libraries, noFaults, openRuntime, runRoot, spec } from './simulated-host.js';

/** Opened when it is asked for: the names of the cases are read where there is no Windows, too. */
const hns = () => new Hns(openVmCompute(libraries));
const driver = new HnsNetworkDriver({ runRoot, libraries });

function network(more: Partial<NetworkSpec> = {}): NetworkSpec {
  const id = randomBytes(32).toString('hex');
  return { id, name: 'net', bridge: `cs-${id.slice(0, 10)}`, subnet: '10.99.0.0/16', gateway: '10.99.0.1', internal: false, ...more };
}

function endpoint(containerId: string, more: Partial<EndpointSpec> = {}): EndpointSpec {
  return { containerId, namespace: '', interfaceName: 'eth0', address: '10.99.0.5', macAddress: '02:42:0a:63:00:05', ports: [], defaultRoute: true, ...more };
}

const ofContainer = async (id: string) => (await hns().endpoints()).filter(({ Name }) => Name.includes(id.slice(0, 20)));

async function refused(promise: Promise<unknown>, code: ErrorCode, pattern: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => (isCaissonError(error, code) && pattern.test(error.message)) || assert.fail(String(error)));
}

const cases: Record<string, () => Promise<void>> = {
  'a container gets its endpoint when it is started, with ports, and it goes away': async () => {
    const runtime = openRuntime();
    const container = await spec('process')({ args: ['sleep', '100'] });
    const net = network();
    await runtime.create(container);
    await driver.connect(net, endpoint(container.id, { ports: [{ protocol: 'tcp', hostIp: '', hostPort: 18080, containerPort: 80 }], dnsServers: ['1.1.1.1', '8.8.8.8'] }));
    await driver.connect(net, endpoint(container.id)); // safe to repeat
    const [made, ...more] = await ofContainer(container.id);
    assert.deepEqual(more, []);
    assert.equal(made?.MacAddress, '02-42-0A-63-00-05');
    assert.equal(made.DNSServerList, '1.1.1.1,8.8.8.8');
    assert.deepEqual(made.Policies, [{ Type: 'NAT', Protocol: 'TCP', InternalPort: 80, ExternalPort: 18080, ExternalPortReserved: true }]);
    calls();
    await runtime.start(container.id);
    const document = calls().find((line) => line.startsWith('HcsCreateComputeSystem'));
    assert.ok(document?.includes(`"EndpointList":["${made.ID}"]`), document);
    await runtime.delete(container.id, { force: true });
    await driver.disconnect(net, endpoint(container.id));
    await driver.disconnect(net, endpoint(container.id));
    assert.deepEqual(await ofContainer(container.id), []);
    await driver.remove(net);
    await driver.remove(net);
    assert.equal((await hns().networks()).some(({ Name }) => Name.includes(net.id.slice(0, 12))), false);
  },
  'a container that runs takes endpoints in and lets them go': async () => {
    const runtime = openRuntime();
    const container = await spec('process')({ args: ['sleep', '100'] });
    const net = network();
    await runtime.create(container);
    await runtime.start(container.id);
    calls();
    await driver.connect(net, endpoint(container.id));
    await driver.disconnect(net, endpoint(container.id));
    assert.equal(calls().filter((line) => line.startsWith('HcsModifyComputeSystem')).length, 2);
    await runtime.delete(container.id, { force: true });
    await driver.remove(net);
  },
  'ports are withdrawn and given back': async () => {
    const net = network();
    const ports = [{ protocol: 'udp', hostIp: '0.0.0.0', hostPort: 18053, containerPort: 53 }] as const;
    await driver.connect(net, endpoint('withdrawn', { ports }));
    await driver.withdraw(net, endpoint('withdrawn', { ports }));
    assert.deepEqual((await ofContainer('withdrawn'))[0]?.Policies, []);
    await driver.promote(net, endpoint('withdrawn', { ports }));
    assert.equal((await ofContainer('withdrawn'))[0]?.Policies?.[0]?.Protocol, 'UDP');
    await driver.disconnect(net, endpoint('withdrawn'));
    await driver.remove(net);
  },
  'what HNS cannot do is refused before anything is made': async () => {
    const net = network();
    await refused(driver.connect(net, endpoint('bound', { ports: [{ protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 1, containerPort: 1 }] })), 'unsupported', /127\.0\.0\.1/);
    await refused(driver.connect(net, endpoint('sctp', { ports: [{ protocol: 'sctp', hostIp: '', hostPort: 1, containerPort: 1 }] })), 'unsupported', /tcp and udp/);
    await refused(driver.connect(network({ driver: 'transparent' }), endpoint('own', { ports: [{ protocol: 'tcp', hostIp: '', hostPort: 1, containerPort: 1 }] })), 'unsupported', /addresses of their own/);
    await refused(driver.connect(network({ driver: 'macvlan' }), endpoint('macvlan')), 'unsupported', /macvlan/);
    assert.equal((await hns().networks()).some(({ Name }) => Name.includes(net.id.slice(0, 12))), false);
  },
  'transparent, l2bridge and internal networks are made': async () => {
    for (const [more, type] of [[{ driver: 'transparent' }, 'Transparent'], [{ driver: 'l2bridge' }, 'L2Bridge'], [{ internal: true }, 'Internal']] as const) {
      const net = network(more);
      await driver.connect(net, endpoint(`on-${type}`));
      assert.equal((await hns().networks()).find(({ Name }) => Name.includes(net.id.slice(0, 12)))?.Type, type);
      await driver.remove(net);
      assert.deepEqual(await ofContainer(`on-${type}`), []);
    }
  },
  'a port that is taken is told, and the endpoint is not left': async () => {
    const net = network();
    const ports = [{ protocol: 'tcp', hostIp: '', hostPort: 18081, containerPort: 80 }] as const;
    await driver.connect(net, endpoint('first', { ports }));
    await refused(driver.connect(net, endpoint('second', { ports, address: '10.99.0.6' })), 'in-use', /port/);
    assert.deepEqual(await ofContainer('second'), []);
    await driver.remove(net);
  },
  'an HNS that fails, refuses or talks nonsense is told in words': async () => {
    const net = network();
    faults(['HNSCall', 0x80070005]);
    await refused(driver.connect(net, endpoint('x')), 'denied', /0x80070005/);
    faults(['hns-refuses']);
    await refused(driver.connect(net, endpoint('x')), 'runtime-failed', /refused/);
    faults(['hns-nonsense']);
    await refused(driver.connect(net, endpoint('x')), 'runtime-failed', /not JSON/);
    noFaults();
  },
  'endpoints of the dead are swept, others’ are left alone': async () => {
    const net = network();
    await driver.connect(net, endpoint('living'));
    await driver.connect(net, endpoint('dead', { address: '10.99.0.6' }));
    const [{ VirtualNetwork = '' } = {}] = await ofContainer('living');
    const other = await hns().createEndpoint({ Name: 'docker-endpoint', VirtualNetwork });
    await driver.sweep(async (id) => id === 'living');
    assert.deepEqual((await hns().endpoints()).map(({ Name }) => Name.split('-')[1] ?? '').sort(), ['endpoint', 'living']);
    await hns().deleteEndpoint(other.ID);
    await driver.remove(net);
  },
  'a namespace stands for the endpoints of a build’s step': async () => {
    const net = network();
    const namespace = await driver.createNamespace('build-1');
    await driver.connect(net, endpoint('build-1'));
    const [{ ID = '' } = {}] = await ofContainer('build-1');
    calls();
    const container = await spec('process')({ args: ['true'] }, { networkNamespace: namespace });
    assert.equal((await (await openRuntime().run(container, { stdio: 'none' })).wait()).code, 0);
    assert.ok(calls().some((line) => line.startsWith('HcsCreateComputeSystem') && line.includes(ID)));
    await driver.removeNamespace('build-1');
    assert.deepEqual(await ofContainer('build-1'), []);
    await driver.remove(net);
  },
  'another container’s network is shared by one of its processes': async () => {
    const runtime = openRuntime();
    const first = await spec('process')({ args: ['sleep', '100'] });
    await runtime.create(first);
    await runtime.start(first.id);
    const { pid = 0 } = (await runtime.state(first.id)) ?? {};
    calls();
    const second = await spec('process')({ args: ['true'] }, { networkNamespace: `/proc/${pid}/ns/net` });
    await (await runtime.run(second, { stdio: 'none' })).wait();
    assert.ok(calls().some((line) => line.includes(`"NetworkSharedContainerName":"${first.id}"`)));
    await runtime.delete(first.id, { force: true });
  },
  'used subnets are the host’s and HNS’s': async () => {
    const net = network({ subnet: '10.123.0.0/16' });
    await driver.connect(net, endpoint('x'));
    assert.ok((await driver.usedSubnets()).includes('10.123.0.0/16'));
    await driver.remove(net);
  },
};

export function networkCases(): readonly Case[] {
  return Object.entries(cases).map(([name, run]) => ({ name, run }));
}

export const networkCaseNames: readonly string[] = Object.keys(cases);
