import type { PublishedPort } from '@caisson/core';
import type { PortMap } from '../types/host-config.js';

/** What is published; ports that are only exposed have no place on the host. */
export function decodePortMap(map: PortMap | null | undefined): PublishedPort[] {
  return Object.entries(map ?? {}).flatMap(([key, bindings]) => {
    const [port = '', protocol = 'tcp'] = key.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({ protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp', hostIp: HostIp ?? '', hostPort: Number(HostPort ?? 0) || 0, containerPort: Number(port) }));
  });
}
