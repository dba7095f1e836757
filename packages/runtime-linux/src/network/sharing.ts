import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError, isCaissonError, type EndpointSpec, type NetworkSpec } from '@caisson/core';
import { Ground, inNamespace } from './ground.js';
import { configure, openNamespace } from './in-container.js';
import { addSharing, deleteLink } from './netlink.js';

/** A network whose containers share an interface of the host's: there is no bridge, and there are no rules. */
export type SharingNetwork = NetworkSpec & { readonly driver: 'macvlan' | 'ipvlan' };

export const isSharing = (network: NetworkSpec): network is SharingNetwork => network.driver === 'macvlan' || network.driver === 'ipvlan';

/** The kernel removes interfaces with the namespace that has ended, in its own time, which on a busy host is long: one that is to be made again may be there still. */
const PATIENCE_MS = 30_000;
const STEP_MS = 10;

/** @throws CaissonError `unsupported` for ports to publish, `not-found`, `in-use` */
export async function share(network: SharingNetwork, endpoint: EndpointSpec): Promise<void> {
  const { driver: kind, bridge, mode = '', flag = '', mtu } = network;
  if (endpoint.ports.length > 0) throw new CaissonError('unsupported', `ports cannot be published from the network ${network.name}: on a ${kind} network a container is reached at its own address`);
  const ground = new Ground(undefined);
  const parent = ground.index(bridge);
  if (parent === undefined) throw new CaissonError('not-found', `this host has no interface ${bridge}, which the network ${network.name} shares`);
  const namespace = openNamespace(endpoint.namespace);
  try {
    // An address that is taken is noticed when the interface is switched on.
    await patiently(network, () => ground.talk([addSharing({ kind, parent, mode, flag, name: endpoint.interfaceName, namespace, address: endpoint.macAddress, mtu })]));
    await patiently(network, () => configure(network, endpoint, namespace));
  } finally {
    closeSync(namespace);
  }
}

async function patiently(network: SharingNetwork, step: () => void): Promise<void> {
  for (const began = Date.now(); ; await sleep(STEP_MS)) {
    try {
      return step();
    } catch (error) {
      const told = inUse(error, network);
      if (!isCaissonError(told, 'in-use') || Date.now() - began > PATIENCE_MS) throw told;
    }
  }
}

/** The kernel has no words for what it does not allow. */
function inUse(cause: unknown, { name, driver, bridge, mode }: SharingNetwork): unknown {
  const errno = cause instanceof CaissonError ? cause.details?.errno : undefined;
  if (errno === 'EOPNOTSUPP' || errno === 'ENOTSUP') return new CaissonError('unsupported', `this kernel has no ${driver}, which the network ${name} needs`, { cause, hint: `as root: modprobe ${driver}` });
  if (errno === 'EADDRINUSE') return new CaissonError('in-use', `another interface on ${bridge} has the MAC address that was asked for`, { cause });
  if (errno === 'EINVAL' && mode === 'passthru') return new CaissonError('in-use', `the interface ${bridge} is passed through to one container only, and another has it`, { cause });
  if (errno === 'EBUSY') return new CaissonError('in-use', `the interface ${bridge} is shared in another way already: it cannot be shared by ${driver} at the same time`, { cause });
  return cause;
}

/** Quietly nothing where it has gone with the namespace. */
export function shareNoMore({ namespace: path, interfaceName }: EndpointSpec): void {
  if (path === '') return;
  const namespace = openNamespace(path);
  try {
    inNamespace(namespace, (talk) => talk([deleteLink(interfaceName)]));
  } finally {
    closeSync(namespace);
  }
}
