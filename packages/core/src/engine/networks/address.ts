import { CaissonError } from '../../errors.js';

/** An IPv4 subnet. Addresses are unsigned 32-bit numbers. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

/** Not node:net's: loading that takes longer than all there is to do with addresses. */
export function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** @param longest the longest prefix that makes sense: a range of addresses may be a single one. @throws CaissonError `invalid-argument` */
export function parseSubnet(text: string, longest = 30): Subnet {
  const [address = '', length = ''] = text.split('/');
  const prefix = Number(length);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || prefix > longest || prefix < 8)
    throw new CaissonError('invalid-argument', `invalid subnet ${JSON.stringify(text.slice(0, 60))}`, { hint: 'write it as 10.89.0.0/24' });
  return { base: (toNumber(address) & mask(prefix)) >>> 0, prefix };
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${toAddress(base)}/${prefix}`;
}

export function toNumber(address: string): number {
  return address.split('.').reduce((value, part) => (value << 8) | Number(part), 0) >>> 0;
}

export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

function mask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const shorter = mask(Math.min(a.prefix, b.prefix));
  return (a.base & shorter) >>> 0 === (b.base & shorter) >>> 0;
}

export function contains(subnet: Subnet, address: string): boolean {
  return isIPv4(address) && overlaps(subnet, { base: toNumber(address), prefix: 32 });
}

/** The lowest usable address in `range`, a part of the subnet, that is not taken; undefined when there is none. */
export function freeAddress(subnet: Subnet, taken: ReadonlySet<string>, range: Subnet = subnet): string | undefined {
  const first = Math.max(subnet.base + 1, range.base);
  const last = Math.min(subnet.base + 2 ** (32 - subnet.prefix) - 2, range.base + 2 ** (32 - range.prefix) - 1);
  for (let value = first; value <= last; value++) if (!taken.has(toAddress(value))) return toAddress(value);
  return undefined;
}

/** Where new networks get their subnets from. */
export interface AddressPool {
  /** CIDR, such as 172.30.0.0/16. */
  readonly base: string;
  /** Prefix length of each subnet. */
  readonly size: number;
}

/** 10.72.0.0/16 first for the default bridge, then /24s. */
const ownPools = (size: number): readonly AddressPool[] => [
  ...['10.72.0.0/13', '10.172.0.0/14', '10.176.0.0/14', '172.28.0.0/14'].map((base) => ({ base, size })),
  { base: '192.168.0.0/16', size: Math.max(size, 20) },
];

/** Of the pools, the first subnet that overlaps none of those in use. @throws CaissonError `invalid-argument` for a pool that is none */
export function freeSubnet(used: readonly Subnet[], prefix: number, pools: readonly AddressPool[] = ownPools(prefix)): Subnet | undefined {
  for (const { base, size } of pools) {
    const pool = parseSubnet(base);
    if (!Number.isInteger(size) || size < pool.prefix || size > 30) throw new CaissonError('invalid-argument', `the pool ${base} has no subnets of size ${size}`);
    for (let at = pool.base; at < pool.base + 2 ** (32 - pool.prefix); at += 2 ** (32 - size)) {
      const candidate = { base: at, prefix: size };
      if (!used.some((other) => overlaps(other, candidate))) return candidate;
    }
  }
  return undefined;
}
