import { getSystemErrorName } from 'node:util';
import { CaissonError } from '@caisson/core';
import type { LinuxSyscalls } from '../syscalls.js';
import { addressBytes } from './address-bytes.js';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const NLMSG_ERROR = 2;
const REQUEST_ACK = 0x1 | 0x4;
const EXCL = 0x200;
const CREATE = 0x400;
const REPLACE = 0x100;
const IFF_UP = 1;
const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_BRIDGE = 7;
const NESTED = 0x8000;
/** IFLA_BR_NF_CALL_IPTABLES and IFLA_BR_NF_CALL_IP6TABLES. */
const BRIDGE_FILTERS = [36, 37] as const;
const BRPORT = { MODE: 4, ISOLATED: 33 } as const;
const IFA_F_NODAD = 0x02;
const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, LINK: 5, MASTER: 10, PROTINFO: 12, LINKINFO: 18, NET_NS_FD: 28 } as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { OIF: 4, GATEWAY: 5 } as const;
const HEADER = 16;
/** The index of every namespace's first interface. */
export const LOOPBACK = 1;

/** One request of rtnetlink(7): its type, flags, fixed part and attributes. */
export interface Request {
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  /** Errors that mean that there is nothing to do. */
  readonly fine: readonly string[];
}

/**
 * Sends requests to the kernel and waits for each answer. All go in one message: the kernel takes them in order.
 * @throws CaissonError `runtime-failed`, for the first that was refused for a reason that is not fine; the others have been tried as well.
 */
export function request(syscalls: LinuxSyscalls, socket: number, requests: readonly Request[]): Buffer[] {
  if (requests.length === 0) return [];
  syscalls.send(socket, Buffer.concat(requests.map(({ type, flags, body }, index) => message(type, flags, index + 1, body))));
  const buffer = Buffer.alloc(32768);
  const answers: Buffer[] = [];
  let failure: CaissonError | undefined;
  for (let acknowledged = 0; acknowledged < requests.length; ) {
    const size = syscalls.receive(socket, buffer);
    for (let at = 0; at + HEADER <= size; ) {
      const length = buffer.readUInt32LE(at);
      if (length < HEADER) break;
      if (buffer.readUInt16LE(at + 4) === NLMSG_ERROR) {
        acknowledged++;
        const asked = requests[buffer.readUInt32LE(at + 8) - 1];
        const errno = -buffer.readInt32LE(at + HEADER);
        const code = errno === 0 ? '' : getSystemErrorName(-errno);
        if (code !== '' && !asked?.fine.includes(code)) failure ??= new CaissonError('runtime-failed', `the kernel refused to ${asked?.what ?? 'do as asked'}: ${code}`, { details: { errno: code } });
      } else answers.push(Buffer.from(buffer.subarray(at + HEADER, at + length)));
      at += align(length);
    }
  }
  if (failure) throw failure;
  return answers;
}

export const addBridge = (name: string, mtu: number | undefined): Request =>
  link(`make the bridge ${name}`, RTM_NEWLINK, CREATE | EXCL, { up: true }, [text(IFLA.IFNAME, name), ...(mtu === undefined ? [] : [uint(IFLA.MTU, mtu)]), attribute(IFLA.LINKINFO, text(INFO.KIND, 'bridge', false))], ['EEXIST']);

export interface VethPair {
  readonly host: string;
  /** Index of the bridge that the host's end becomes a port of. */
  readonly bridge: number;
  readonly peer: string;
  readonly peerNamespace: number;
  readonly peerAddress: string;
  readonly mtu: number | undefined;
}

/** A pair of interfaces: one a port of the bridge, and up; the other in the container, which cannot be up as long as the pair is not whole. */
export const addVeth = ({ host, bridge, peer, peerNamespace, peerAddress, mtu }: VethPair): Request => {
  const size = mtu === undefined ? [] : [uint(IFLA.MTU, mtu)];
  const other = Buffer.concat([interfaceHeader({}), text(IFLA.IFNAME, peer), attribute(IFLA.ADDRESS, macBytes(peerAddress)), uint(IFLA.NET_NS_FD, peerNamespace), ...size]);
  const info = Buffer.concat([text(INFO.KIND, 'veth', false), attribute(INFO.DATA, attribute(VETH_INFO_PEER, other))]);
  return link(`connect ${peer} to a bridge`, RTM_NEWLINK, CREATE | EXCL, { up: true }, [text(IFLA.IFNAME, host), uint(IFLA.MASTER, bridge), ...size, attribute(IFLA.LINKINFO, info)], []);
};

export interface SharingInterface {
  readonly kind: 'macvlan' | 'ipvlan';
  /** Index of the interface of the host that it shares. */
  readonly parent: number;
  readonly mode: string;
  readonly flag: string;
  readonly name: string;
  readonly namespace: number;
  readonly address: string;
  readonly mtu: number | undefined;
}

const macvlanModes: Readonly<Record<string, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
const ipvlanModes: Readonly<Record<string, number>> = { l2: 0, l3: 1, l3s: 2 };
const ipvlanFlags: Readonly<Record<string, number>> = { private: 1, vepa: 2 };

/** An interface in the container that shares one of the host's: with an address of its own on the wire (macvlan), or with the same (ipvlan). */
export const addSharing = ({ kind, parent, mode, flag, name, namespace, address, mtu }: SharingInterface): Request => {
  const macvlan = kind === 'macvlan';
  // Attribute 1 is the mode in both; ipvlan's has 16 bits, and so have its flags.
  const data = macvlan ? uint(1, macvlanModes[mode] ?? 4) : Buffer.concat([attribute(1, Buffer.of(ipvlanModes[mode] ?? 0, 0)), attribute(2, Buffer.of(ipvlanFlags[flag] ?? 0, 0))]);
  const info = Buffer.concat([text(INFO.KIND, kind, false), attribute(INFO.DATA, data)]);
  const own = [...(macvlan ? [attribute(IFLA.ADDRESS, macBytes(address))] : []), ...(mtu === undefined ? [] : [uint(IFLA.MTU, mtu)])];
  return link(`make the ${kind} interface ${name}`, RTM_NEWLINK, CREATE | EXCL, {}, [text(IFLA.IFNAME, name), uint(IFLA.LINK, parent), uint(IFLA.NET_NS_FD, namespace), ...own, attribute(IFLA.LINKINFO, info)], []);
};

export const setUp = (index: number): Request => link('switch an interface on', RTM_NEWLINK, 0, { index, up: true }, [], []);

export const deleteLink = (name: string): Request => link(`remove the interface ${name}`, RTM_DELLINK, 0, {}, [text(IFLA.IFNAME, name)], ['ENODEV']);

export const getLink = (name: string): Request => link(`find the interface ${name}`, RTM_GETLINK, 0, {}, [text(IFLA.IFNAME, name)], []);

/** Answered by nothing where there is none. */
export const getLinkIfThere = (name: string): Request => ({ ...getLink(name), fine: ['ENODEV'] });

/** The kind of interface in an answer to `getLink`, such as `bridge`; empty for hardware. */
export function linkKind(answer: Buffer): string {
  const info = attributes(answer.subarray(16)).find(({ type }) => type === IFLA.LINKINFO);
  const kind = info && attributes(info.value).find(({ type }) => type === INFO.KIND);
  return kind ? kind.value.toString('latin1').replace(/\0$/, '') : '';
}

/** The bridge's port sends back what came in by it, where that is called for. */
export const setHairpin = (index: number): Request => setPort('set a bridge port to hairpin mode', index, BRPORT.MODE);

/** The bridge's port reaches no other that is set like it. */
export const setIsolated = (index: number): Request => setPort('set a bridge port apart from others', index, BRPORT.ISOLATED);

/** Has the rules of the network layers decide about what the bridge forwards, too, where the kernel has br_netfilter. */
export const filterBridge = (name: string): Request =>
  link(`filter the bridge ${name}`, RTM_NEWLINK, 0, {}, [text(IFLA.IFNAME, name), attribute(IFLA.LINKINFO, Buffer.concat([text(INFO.KIND, 'bridge', false), attribute(INFO.DATA, Buffer.concat(BRIDGE_FILTERS.map((filter) => attribute(filter, Buffer.of(1)))))]))], []);

function setPort(what: string, index: number, flag: number): Request {
  const header = interfaceHeader({ index });
  header.writeUInt8(AF_BRIDGE, 0);
  return { what, type: RTM_SETLINK, flags: 0, body: Buffer.concat([header, attribute(IFLA.PROTINFO | NESTED, attribute(flag, Buffer.of(1)))]), fine: [] };
}

/** The index in an answer to `getLink`. */
export const linkIndex = (answer: Buffer): number => answer.readInt32LE(4);

export function addAddress(index: number, address: string, prefix: number): Request {
  const bytes = addressBytes(address);
  const six = bytes.length === 16;
  // Duplicate address detection would hold an address back for a second; we know that it is the only one.
  const header = Buffer.from([six ? AF_INET6 : AF_INET, prefix, six ? IFA_F_NODAD : 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(index, 4);
  const broadcast = six || prefix > 30 ? [] : [attribute(IFA.BROADCAST, broadcastOf(bytes, prefix))];
  return { what: `give the address ${address}`, type: RTM_NEWADDR, flags: CREATE | REPLACE, body: Buffer.concat([header, attribute(IFA.LOCAL, bytes), attribute(IFA.ADDRESS, bytes), ...broadcast]), fine: ['EEXIST'] };
}

/** @param direct by the interface itself, and no gateway, whose family alone counts then */
export function addDefaultRoute(index: number, gateway: string, direct = false): Request {
  const bytes = addressBytes(gateway);
  const [MAIN_TABLE, STATIC, UNIVERSE, LINK, UNICAST] = [254, 4, 0, 253, 1];
  const header = Buffer.from([bytes.length === 16 ? AF_INET6 : AF_INET, 0, 0, 0, MAIN_TABLE, STATIC, direct ? LINK : UNIVERSE, UNICAST, 0, 0, 0, 0]);
  const way = direct ? [] : [attribute(RTA.GATEWAY, bytes)];
  return { what: `set the default route to ${direct ? 'the interface' : gateway}`, type: RTM_NEWROUTE, flags: CREATE | REPLACE, body: Buffer.concat([header, ...way, uint(RTA.OIF, index)]), fine: ['EEXIST'] };
}

function broadcastOf(address: Buffer, prefix: number): Buffer {
  const result = Buffer.alloc(4);
  result.writeUInt32BE((address.readUInt32BE(0) | (0xffffffff >>> prefix)) >>> 0);
  return result;
}

function link(what: string, type: number, flags: number, header: { index?: number; up?: boolean }, attributes: readonly Buffer[], fine: readonly string[]): Request {
  return { what, type, flags, body: Buffer.concat([interfaceHeader(header), ...attributes]), fine };
}

function interfaceHeader({ index = 0, up = false }: { index?: number; up?: boolean }): Buffer {
  const header = Buffer.alloc(16, 0);
  header.writeUInt8(AF_UNSPEC, 0);
  header.writeInt32LE(index, 4);
  if (up) {
    header.writeUInt32LE(IFF_UP, 8);
    header.writeUInt32LE(IFF_UP, 12);
  }
  return header;
}

/** One message, with its header; it is always a request, with an answer. */
export function message(type: number, flags: number, sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(HEADER + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags | REQUEST_ACK, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, body]);
}

const align = (length: number) => (length + 3) & ~3;

export function attributes(data: Buffer): { type: number; value: Buffer }[] {
  const found: { type: number; value: Buffer }[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt16LE(at);
    if (length < 4) break;
    found.push({ type: data.readUInt16LE(at + 2) & 0x3fff, value: data.subarray(at + 4, at + length) });
    at += align(length);
  }
  return found;
}

function attribute(type: number, value: Uint8Array): Buffer {
  const buffer = Buffer.alloc(align(4 + value.length));
  buffer.writeUInt16LE(4 + value.length, 0);
  buffer.writeUInt16LE(type, 2);
  buffer.set(value, 4);
  return buffer;
}

const text = (type: number, value: string, terminated = true) => attribute(type, Buffer.from(terminated ? `${value}\0` : value));

export function uint(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return attribute(type, bytes);
}

const macBytes = (address: string) => Buffer.from(address.replaceAll(':', ''), 'hex');
