import { CaissonError, systemCode, type PublishedPort } from '@caisson/core';
import { loadSyscalls } from '../syscalls.js';
import { portHolder } from './port-holder.js';

/**
 * Sockets that keep published ports from other programs of the host: rules take the traffic before it comes to them, but without them a program
 * could listen there, and never be reached. They are for the monitor, which lives as long as the container; the caller closes its own
 * copies. They only have the port, and do not listen: who connects before the rules are there, or when they are there no more, is refused.
 * @throws CaissonError `in-use` that says who has a port, `invalid-argument` for an address that the host does not have
 */
export function holdPorts(ports: readonly PublishedPort[]): number[] {
  const held: number[] = [];
  try {
    for (const port of ports) if (port.protocol !== 'sctp') held.push(hold(port, port.protocol));
    return held;
  } catch (error) {
    for (const fd of held) loadSyscalls().close(fd);
    throw error;
  }
}

/** Finds out whether a port can be had, and does not keep it. @throws CaissonError as `holdPorts` does */
export function checkPort(port: PublishedPort): void {
  for (const fd of holdPorts([port])) loadSyscalls().close(fd);
}

function hold({ hostIp, hostPort }: PublishedPort, protocol: 'tcp' | 'udp'): number {
  try {
    return loadSyscalls().boundSocket(protocol, hostIp === '' ? '0.0.0.0' : hostIp, hostPort);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EADDRNOTAVAIL') throw new CaissonError('invalid-argument', `this host has no address ${hostIp}`, { cause });
    if (code === 'EACCES') throw new CaissonError('denied', `port ${hostPort} needs more privileges`, { cause, hint: 'choose a port above 1023' });
    if (code !== 'EADDRINUSE') throw cause;
    const holder = portHolder(protocol, hostIp, hostPort);
    const whose = holder === undefined || holder === 'unknown' ? 'a process of the host, or a container of another data root' : `${holder.name} (process ${holder.pid})`;
    throw new CaissonError('in-use', `port is already allocated: ${hostPort}/${protocol} is taken by ${whose}`, { cause, hint: `choose another port; «ss -lnp sport = :${hostPort}» shows who listens there`, details: { port: hostPort, protocol } });
  }
}
