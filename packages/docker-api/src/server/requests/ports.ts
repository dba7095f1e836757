import { isIP } from 'node:net';
import type { PortOptions } from '@caisson/core';
import { badRequest } from '../http/api-error.js';
import type { HostConfigRequest } from './container-create.js';

/** `80/tcp` → where on the host. @throws ApiError 400 in docker's words */
export function readPorts(bindings: NonNullable<HostConfigRequest['PortBindings']>): PortOptions[] {
  return Object.entries(bindings).flatMap(([key, list]) => {
    const { port: containerPort, protocol } = readPort(key);
    // An empty list means any free port of the host.
    return (list?.length ? list : [{}]).map(({ HostIp: hostIp = '', HostPort: hostPort = '' }) => {
      if (hostIp !== '' && isIP(hostIp) === 0) throw badRequest(`invalid IP address: ${hostIp.slice(0, 60)}`);
      return { protocol, hostIp, hostPort: hostPort === '' ? 0 : readHostPort(hostPort), containerPort };
    });
  });
}

/** `80`, `80/tcp`, and ranges of exposed ports. */
export function readExposed(ports: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(ports).flatMap((key) => {
    const [, first = '', last = first, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?$/.exec(key) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from > 0 && to >= from && to <= 65535)) throw badRequest(`invalid port specification: ${JSON.stringify(key.slice(0, 60))}`);
    return Array.from({ length: to - from + 1 }, (_, place) => `${from + place}/${protocol.toLowerCase()}`);
  });
}

function readPort(text: string): { port: number; protocol: PortOptions['protocol'] } {
  const [, port = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  if (!(Number(port) > 0 && Number(port) <= 65535)) throw badRequest(`invalid port specification: ${JSON.stringify(text.slice(0, 60))}`);
  return { port: Number(port), protocol: protocol.toLowerCase() as PortOptions['protocol'] };
}

/** Of a range, its first: whoever asks for one of several is served by one. */
function readHostPort(text: string): number {
  const [, port = ''] = /^(\d{1,5})(?:-\d{1,5})?$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65535) throw badRequest(`invalid port specification: ${JSON.stringify(text.slice(0, 60))}`);
  return Number(port);
}
