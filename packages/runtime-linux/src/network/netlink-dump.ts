import type { LinuxSyscalls } from '../syscalls.js';
import { attributes, message } from './netlink.js';

const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const DUMP = 0x300;
const HEADER = 16;
const ADDRESS_HEADER = 8;
const ROUTE_HEADER = 12;
const AF_INET6 = 10;
const CLONED = 0x200;
/** Kinds of routes: to others, and to nowhere. Those to the host itself and to many at once say nothing about subnets. */
const KINDS: ReadonlySet<number> = new Set([1, 6, 7, 8]);
/** Of an address's and a route's attributes: what it is of. */
const DESTINATION = 1;

/** The subnets of all addresses and routes of a network namespace, whatever table they are in, by rtnetlink(7); without default routes. */
export function dumpSubnets(syscalls: LinuxSyscalls, socket: number): string[] {
  const addresses = dump(syscalls, socket, RTM_GETADDR, ADDRESS_HEADER).flatMap((answer) => subnet(answer, ADDRESS_HEADER, answer.readUInt8(1)));
  const routes = dump(syscalls, socket, RTM_GETROUTE, ROUTE_HEADER).flatMap((answer) => (KINDS.has(answer.readUInt8(7)) && (answer.readUInt32LE(8) & CLONED) === 0 ? subnet(answer, ROUTE_HEADER, answer.readUInt8(1)) : []));
  return [...new Set([...addresses, ...routes])];
}

function dump(syscalls: LinuxSyscalls, socket: number, type: number, header: number): Buffer[] {
  syscalls.send(socket, message(type, DUMP, 1, Buffer.alloc(header)));
  const buffer = Buffer.alloc(65536);
  const found: Buffer[] = [];
  for (;;) {
    const size = syscalls.receive(socket, buffer);
    for (let at = 0; at + HEADER <= size; ) {
      const length = buffer.readUInt32LE(at);
      const kind = buffer.readUInt16LE(at + 4);
      if (length < HEADER || kind === NLMSG_DONE || kind === NLMSG_ERROR) return found;
      found.push(Buffer.from(buffer.subarray(at + HEADER, at + length)));
      at += (length + 3) & ~3;
    }
  }
}

/** Of an address there is more than its subnet. */
const masked = (address: Buffer, prefix: number) => Buffer.from(address.map((byte, place) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - place * 8)))));

function subnet(answer: Buffer, header: number, prefix: number): string[] {
  const destination = attributes(answer.subarray(header)).find(({ type }) => type === DESTINATION)?.value;
  if (destination === undefined || prefix === 0) return [];
  const base = masked(destination, prefix);
  if (answer.readUInt8(0) !== AF_INET6) return [`${[...base].join('.')}/${prefix}`];
  const text = base.toString('hex');
  // What every host has: the loopback, and what is of one link or of many hosts.
  return /^fe[89ab]|^ff|^0{31}1$/.test(text) ? [] : [`${text.replace(/(.{4})(?!$)/g, '$1:')}/${prefix}`];
}
