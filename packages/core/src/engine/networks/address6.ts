import { CaissonError } from '../../errors.js';

/** An IPv6 subnet. Addresses are unsigned 128-bit numbers. */
export interface Subnet6 {
  readonly base: bigint;
  readonly prefix: number;
}

const BITS = 128;

/** The address as a number; undefined for what is none (RFC 4291, section 2.2). */
export function parseAddress6(text: string): bigint | undefined {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(words);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])].reduce((value, word) => (value << 16n) | BigInt(word), 0n);
}

/** The 16-bit words between colons, the last two of which may be an IPv4 address; undefined for what is none. */
function words(part: string): number[] | undefined {
  if (part === '') return [];
  const found: number[] = [];
  const pieces = part.split(':');
  for (const [place, piece] of pieces.entries()) {
    const dotted = place === pieces.length - 1 ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(piece)?.slice(1).map(Number) : undefined;
    if (dotted?.every((byte) => byte < 256)) found.push(((dotted[0] ?? 0) << 8) | (dotted[1] ?? 0), ((dotted[2] ?? 0) << 8) | (dotted[3] ?? 0));
    else if (/^[0-9a-f]{1,4}$/i.test(piece)) found.push(Number.parseInt(piece, 16));
    else return undefined;
  }
  return found;
}

/** In the form of RFC 5952: lower case, the longest run of zeros left out. */
export function formatAddress6(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, place) => Number((value >> BigInt(112 - place * 16)) & 0xffffn).toString(16));
  let best = { at: 0, length: 0 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (parts[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.length < 2) return parts.join(':');
  return `${parts.slice(0, best.at).join(':')}::${parts.slice(best.at + best.length).join(':')}`;
}

/** @throws CaissonError `invalid-argument` */
export function parseSubnet6(text: string): Subnet6 {
  const [address = '', length = ''] = text.split('/');
  const value = parseAddress6(address);
  const prefix = Number(length);
  if (value === undefined || !/^\d{1,3}$/.test(length) || prefix < 8 || prefix > 126)
    throw new CaissonError('invalid-argument', `invalid subnet ${JSON.stringify(text.slice(0, 60))}`, { hint: 'write it as fd00:1::/64' });
  return { base: value & mask(prefix), prefix };
}

export function formatSubnet6({ base, prefix }: Subnet6): string {
  return `${formatAddress6(base)}/${prefix}`;
}

export function overlaps6(a: Subnet6, b: Subnet6): boolean {
  const shorter = mask(Math.min(a.prefix, b.prefix));
  return (a.base & shorter) === (b.base & shorter);
}

export function contains6(subnet: Subnet6, address: string): boolean {
  const value = parseAddress6(address);
  return value !== undefined && overlaps6(subnet, { base: value, prefix: BITS });
}

/** The lowest usable address in `range`, a part of the subnet, that is not taken; undefined when there is none. */
export function freeAddress6(subnet: Subnet6, taken: ReadonlySet<string>, range: Subnet6 = subnet): string | undefined {
  const end = range.base + (1n << BigInt(BITS - range.prefix));
  // The first of a subnet is every router's (RFC 4291, section 2.6.1).
  for (let value = range.base === subnet.base ? range.base + 1n : range.base; value < end; value++) {
    const address = formatAddress6(value);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** A unique local subnet of 64 bits (RFC 4193) that overlaps none of those in use, made of random bits. */
export function freeSubnet6(used: readonly Subnet6[], random: Uint8Array): Subnet6 {
  const bits = random.subarray(0, 7).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  for (let candidate = bits; ; candidate++) {
    const subnet = { base: (0xfdn << 120n) | ((candidate & ((1n << 56n) - 1n)) << 64n), prefix: 64 };
    if (!used.some((other) => overlaps6(other, subnet))) return subnet;
  }
}

function mask(prefix: number): bigint {
  return ((1n << BigInt(prefix)) - 1n) << BigInt(BITS - prefix);
}
