import type { PublishedPort } from '@caisson/core';

/** `8080→80`, `53→53/udp`; the same port of IPv4 and IPv6 once. */
export function formatPorts(ports: readonly PublishedPort[]): string {
  const all = ports.filter((port) => port.hostPort > 0).map((port) => `${port.hostPort}→${port.containerPort}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`);
  return [...new Set(all)].join(', ');
}

/** Where a browser on this host finds the port; addresses that mean «every one» become the loopback. */
export function portUrl(port: PublishedPort): string {
  const anywhere = port.hostIp === '' || port.hostIp === '0.0.0.0' || port.hostIp === '::';
  const host = anywhere ? 'localhost' : port.hostIp.includes(':') ? `[${port.hostIp}]` : port.hostIp;
  const scheme = port.containerPort === 443 || port.containerPort === 8443 ? 'https' : 'http';
  return `${scheme}://${host}:${port.hostPort}/`;
}
