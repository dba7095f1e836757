import { closeSync, constants, openSync } from 'node:fs';
import { CaissonError, fromSystemError, type EndpointSpec, type NetworkSpec } from '@caisson/core';
import { inNamespace } from './ground.js';
import { addAddress, addDefaultRoute, getLink, linkIndex, LOOPBACK, setUp, type Request } from './netlink.js';

export const prefixOf = (subnet: string) => Number(subnet.slice(subnet.indexOf('/') + 1));

/** A container's namespace, by its path. */
export function openNamespace(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw fromSystemError(error, `opening the network namespace ${path}`);
  }
}

/** Gives the interface in the container its addresses and routes. */
export function configure(network: NetworkSpec, endpoint: EndpointSpec, namespace: number): void {
  const { interfaceName, address, address6, defaultRoute } = endpoint;
  inNamespace(namespace, (talk) => {
    const [answer] = talk([getLink(interfaceName)]);
    if (!answer) throw new CaissonError('runtime-failed', `the interface ${interfaceName} is not in the container`);
    const index = linkIndex(answer);
    talk([
      setUp(LOOPBACK),
      addAddress(index, address, prefixOf(network.subnet)),
      ...(address6 !== undefined && network.subnet6 !== undefined ? [addAddress(index, address6, prefixOf(network.subnet6))] : []),
      setUp(index),
      ...(defaultRoute ? defaultRoutes(network, endpoint, index) : []),
    ]);
  });
}

/** Makes an interface that is there the way out. */
export function leadOut(network: NetworkSpec, endpoint: EndpointSpec): void {
  inNamespacePath(endpoint.namespace, (talk) => {
    const [answer] = talk([getLink(endpoint.interfaceName)]);
    if (answer) talk(defaultRoutes(network, endpoint, linkIndex(answer)));
  });
}

function inNamespacePath(path: string, body: Parameters<typeof inNamespace>[1]): void {
  const namespace = openNamespace(path);
  try {
    inNamespace(namespace, body);
  } finally {
    closeSync(namespace);
  }
}

function defaultRoutes({ internal, gateway, gateway6, mode }: NetworkSpec, { address6 }: EndpointSpec, index: number): Request[] {
  if (internal) return [];
  // The host routes for these: no router is on their wire.
  const direct = mode === 'l3' || mode === 'l3s';
  return [addDefaultRoute(index, gateway, direct), ...(address6 !== undefined && gateway6 !== undefined ? [addDefaultRoute(index, gateway6, direct)] : [])];
}
