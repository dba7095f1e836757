import type { PublishedPort } from '@caisson/core';
import type { Port } from '../types/container.js';
import type { PortBinding, PortMap } from '../types/host-config.js';

/** By `80/tcp`. Without `everywhere`, an address that was not given stays empty, as in a request. */
export function encodePortMap(ports: readonly PublishedPort[], { exposed = [], resolved = false }: { exposed?: readonly string[]; resolved?: boolean } = {}): PortMap {
  const map: Record<string, PortBinding[] | null> = Object.fromEntries(exposed.map((port) => [port, null]));
  for (const { containerPort, protocol, hostIp, hostPort } of ports) {
    const bindings = (map[`${containerPort}/${protocol}`] ??= []);
    bindings.push({ HostIp: hostIp || (resolved ? '0.0.0.0' : ''), HostPort: hostPort === 0 ? '' : String(hostPort) });
  }
  return map;
}

/** The ports of a list: those that are published, then those that are only exposed. */
export function encodePorts(published: readonly PublishedPort[], exposed: readonly string[]): Port[] {
  const ports: Port[] = published.map(({ hostIp, hostPort, containerPort, protocol }) => ({ IP: hostIp || '0.0.0.0', PrivatePort: containerPort, PublicPort: hostPort, Type: protocol }));
  for (const text of exposed) {
    const [port = '', protocol = 'tcp'] = text.split('/');
    if (!published.some((other) => other.containerPort === Number(port) && other.protocol === protocol)) ports.push({ PrivatePort: Number(port), Type: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp' });
  }
  return ports;
}
