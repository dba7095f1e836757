import { isIP } from 'node:net';
import type { PortOptions } from '@caisson/core';
import { invalid } from './values.js';

/** `[IP:][HOST:]PORT[/PROTOCOL]`; HOST and PORT may be ranges of the same length. */
export function parsePublish(text: string): PortOptions[] {
  const hint = 'write HOST:CONTAINER, such as 8080:80 or 127.0.0.1:8080:80/tcp';
  const [, ports = '', protocol = 'tcp'] = /^(.*?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [, address6, rest = ''] = /^(?:\[([^\]]*)\]:)?(.*)$/.exec(ports) ?? [];
  const parts = rest.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const hostIp = address6 ?? parts.pop() ?? '';
  if (parts.length > 0 || (hostIp !== '' && !isIP(hostIp))) invalid('--publish', text, hint);
  const inside = portRange(container) ?? invalid('--publish', text, hint);
  const outside = host === '' ? undefined : (portRange(host) ?? invalid('--publish', text, hint));
  if (outside && outside.length !== inside.length) invalid('--publish', text, 'both ranges must have the same length');
  return inside.map((containerPort, place) => ({ protocol: protocol.toLowerCase() as PortOptions['protocol'], hostIp, hostPort: outside?.[place] ?? 0, containerPort }));
}

/** `PORT[-PORT][/PROTOCOL]` of `--expose`. */
export function parseExpose(text: string): string[] {
  const [, ports = '', protocol = 'tcp'] = /^(.*?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  return (portRange(ports) ?? invalid('--expose', text, 'write a port or a range, such as 80 or 7000-7010/udp')).map((port) => `${port}/${protocol.toLowerCase()}`);
}

function portRange(text: string): number[] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from > 0 && to >= from && to <= 65535)) return undefined;
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}
