import { CaissonError, type ProcessIdentity, type PublishedPort } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { findProgram, missing } from '../host/programs.js';
import { portHolder } from '../network/port-holder.js';

export type ConnectorName = 'slirp4netns' | 'pasta';

/** The first that is installed is taken where no other is asked for. */
export const connectorNames: readonly ConnectorName[] = ['slirp4netns', 'pasta'];

/** The namespace's own address, which all that comes in is sent to. */
export const GUEST = '10.0.2.100';

/**
 * A program of the user's that speaks for the user's network namespace: `start` connects it, and ports are opened while it runs. Whoever
 * started it ends it with a signal, and closes the ports before. The host's loopback is not to be reached through it.
 */
export interface Connector {
  /** Resolves when the namespace is connected. @throws CaissonError `runtime-failed`, `missing-dependency` */
  start(namespace: string): Promise<ProcessIdentity>;
  /** All of the ports, or none of them. @throws CaissonError `in-use`, `denied` */
  open(ports: readonly PublishedPort[]): Promise<void>;
  /** Opens once more, for a namespace that was connected before, what is no longer open of that. */
  reopen(ports: readonly PublishedPort[]): Promise<void>;
  /** Quietly nothing for ports that are not open, and where the process has ended. They can be had again when it resolves. */
  close(ports: readonly PublishedPort[]): Promise<void>;
}

/** Which to take. @throws CaissonError `missing-dependency`, `invalid-argument` for another than these */
export function chooseConnector(wanted?: string): ConnectorName {
  const known = connectorNames.find((name) => name === wanted);
  if (wanted !== undefined && known === undefined) throw new CaissonError('invalid-argument', `containers of ordinary users are connected by ${connectorNames.join(' or ')}, not by “${wanted}”`);
  if (known !== undefined && findProgram(known) === undefined) throw missing([known]);
  const found = known ?? connectorNames.find((name) => findProgram(name) !== undefined);
  if (found === undefined) throw missing(connectorNames);
  return found;
}

export const hostAddress = (ip: string): string => (ip === '' ? '0.0.0.0' : ip);

export const isSamePort = (a: PublishedPort, b: PublishedPort): boolean => a.protocol === b.protocol && a.hostPort === b.hostPort && hostAddress(a.hostIp) === hostAddress(b.hostIp);

/** Why a port of the host cannot be had. */
export function refusedPort({ protocol, hostIp, hostPort }: PublishedPort, cause: unknown): CaissonError {
  const lowest = Number(readIfThere('/proc/sys/net/ipv4/ip_unprivileged_port_start') ?? '1024');
  if (hostPort < lowest) return new CaissonError('denied', `port ${hostPort} needs more privileges`, { cause, hint: `choose a port from ${lowest} on` });
  const holder = portHolder(protocol, hostIp, hostPort);
  const whose = holder === 'unknown' ? 'a process of the host' : `${holder?.name} (process ${holder?.pid})`;
  return new CaissonError('in-use', holder === undefined ? `port ${hostPort}/${protocol} cannot be published at ${hostAddress(hostIp)}` : `port is already allocated: ${hostPort}/${protocol} is taken by ${whose}`, { cause });
}

/** What a program's log ends with. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
