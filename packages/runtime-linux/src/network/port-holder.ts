import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readIfThere } from '../container/folder.js';

export interface PortHolder {
  readonly pid: number;
  /** The name of its program. */
  readonly name: string;
}

const LISTEN = '0A';
const UNCONNECTED = '07';

/**
 * The process on this host that listens on a port of an address (`''` and `0.0.0.0`: any), `unknown` where it cannot be told (another
 * user's, or the kernel's own), undefined where nobody does. Ports of containers are rules, and not to be found here.
 */
export function portHolder(protocol: 'tcp' | 'udp' | 'sctp', hostIp: string, port: number): PortHolder | 'unknown' | undefined {
  if (protocol === 'sctp') return undefined;
  const inode = [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((path) => listener(readIfThere(path) ?? '', protocol, hostIp, port)).find((found) => found !== undefined);
  return inode === undefined ? undefined : (ownerOf(inode) ?? 'unknown');
}

/** The inode of the socket, from a table such as /proc/net/tcp (proc(5)). */
export function listener(table: string, protocol: 'tcp' | 'udp', hostIp: string, port: number): string | undefined {
  const wantedPort = port.toString(16).toUpperCase().padStart(4, '0');
  const wantedAddress = hostIp === '' || hostIp === '0.0.0.0' || hostIp.includes(':') ? undefined : kernelAddress(hostIp);
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = '', number] = local.split(':');
    if (number !== wantedPort || state !== (protocol === 'tcp' ? LISTEN : UNCONNECTED)) continue;
    const any = /^0+$/.test(address);
    if (any || wantedAddress === undefined || address.endsWith(wantedAddress)) return inode;
  }
  return undefined;
}

/** As the tables have it: a number in the host's order, in hexadecimal. */
function kernelAddress(address: string): string {
  return address.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0')).reverse().join('');
}

function ownerOf(inode: string): PortHolder | undefined {
  const link = `socket:[${inode}]`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === link)) return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
    } catch {
      // gone meanwhile, or not ours to look at
    }
  }
  return undefined;
}
