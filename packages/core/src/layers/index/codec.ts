import { endianness } from 'node:os';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CaissonError } from '../../errors.js';
import { isDigest } from '../../model/digest.js';
import type { Xattrs } from '../entry.js';
import { entryTypes, LayerIndex, type Numbers } from './layer-index.js';

/*
 * A stored index: eight bytes «CAIX», version, byte order and two zeros; then, in one zstd frame, the length of a JSON head (32 bits),
 * the head, padding to eight bytes, and the columns, each padded to eight bytes. The head names the columns, their number formats and lengths;
 * xattrs and sparse maps, which few entries have, stand in it. Names are joined by NUL. A column all of one value takes no room.
 * An index is made again from its layer when it cannot be read, so that the format may change at will, and byte order be the host's.
 */
const MAGIC = Buffer.from(`CAIX\x01${endianness()[0]}\0\0`, 'latin1');
const MAX_BYTES = 2 ** 31;

type NumberFormat = 'constant' | 'u8' | 'u16' | 'u32' | 'f64';
const numberColumns = ['mode', 'uid', 'gid', 'size', 'mtime', 'mtimeNs', 'devmajor', 'devminor', 'offset'] as const;
type NumberColumn = (typeof numberColumns)[number];

interface Head {
  readonly diffId: string;
  readonly size: number;
  readonly length: number;
  readonly paths: number;
  readonly links: number;
  readonly digests: number;
  readonly numbers: Readonly<Record<NumberColumn, { readonly format: NumberFormat; readonly value: number }>>;
  readonly xattrs: readonly (readonly [number, readonly (readonly [string, string])[]])[];
  readonly sparse: readonly (readonly [number, readonly number[]])[];
}

/** The index in its stored form: about a tenth of the bytes of its names. */
export function encodeLayerIndex(index: LayerIndex): Buffer {
  const c = index.columns;
  const paths = Buffer.from(c.path.join('\0'), 'latin1');
  const links = Buffer.from(c.linkname.join('\0'), 'latin1');
  const numbers = Object.fromEntries(numberColumns.map((name) => [name, encodeNumbers(c[name], index.length)])) as Record<NumberColumn, EncodedNumbers>;
  const head: Head = {
    diffId: index.diffId,
    size: index.size,
    length: index.length,
    paths: paths.length,
    links: links.length,
    digests: c.digests?.length ?? 0,
    numbers: Object.fromEntries(numberColumns.map((name) => [name, { format: numbers[name].format, value: numbers[name].value }])) as Head['numbers'],
    xattrs: [...c.xattrs].map(([i, xattrs]) => [i, [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')])]),
    sparse: [...c.sparse],
  };
  const json = Buffer.from(JSON.stringify(head));
  const parts: Uint8Array[] = [];
  const push = (part: Uint8Array) => parts.push(part, Buffer.alloc(padding(part.length)));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  push(Buffer.concat([size, json]));
  push(paths);
  push(links);
  push(c.type);
  for (const name of numberColumns) push(numbers[name].bytes);
  if (c.digests !== undefined) push(c.digests);
  return Buffer.concat([MAGIC, zstdCompressSync(Buffer.concat(parts), { params: { [constants.ZSTD_c_checksumFlag]: 1 } })]);
}

/** @throws CaissonError `corrupt` for anything but what `encodeLayerIndex` wrote in this version, on a host of this byte order. */
export function decodeLayerIndex(data: Uint8Array): LayerIndex {
  try {
    if (Buffer.compare(data.subarray(0, MAGIC.length), MAGIC) !== 0) throw new Error('unknown format');
    return decode(zstdDecompressSync(data.subarray(MAGIC.length), { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    throw new CaissonError('corrupt', 'the index of a layer cannot be read', { cause: error });
  }
}

function decode(body: Buffer): LayerIndex {
  let at = 0;
  const take = (length: number): Buffer => {
    if (!Number.isSafeInteger(length) || length < 0 || at + length > body.length) throw new Error('lengths do not add up');
    const part = body.subarray(at, at + length);
    at += length + padding(length);
    return part;
  };
  const jsonLength = body.readUInt32LE(0);
  const head = JSON.parse(take(4 + jsonLength).toString('utf8', 4)) as Head;
  const { length } = head;
  if (!isDigest(head.diffId)) throw new Error('no diffID');
  const path = split(take(head.paths), length);
  const linkname = split(take(head.links), length);
  const type = new Uint8Array(take(length));
  if (type.some((number) => number >= entryTypes.length)) throw new Error('unknown type');
  const numbers = Object.fromEntries(
    numberColumns.map((name) => {
      const { format, value } = head.numbers[name];
      return [name, decodeNumbers(format, value, length, take)];
    }),
  ) as Record<NumberColumn, Numbers>;
  const digests = head.digests === 0 ? undefined : new Uint8Array(take(head.digests));
  if (digests !== undefined && digests.length !== length * 32) throw new Error('lengths do not add up');
  const xattrs = new Map<number, Xattrs>(
    head.xattrs.map(([i, pairs]) => [i, new Map(pairs.map(([name, value]): [string, Uint8Array] => [name, Buffer.from(value, 'base64')]))]),
  );
  return new LayerIndex(head.diffId, head.size, { path, linkname, type, ...numbers, xattrs, sparse: new Map(head.sparse), digests });
}

function split(joined: Buffer, count: number): string[] {
  const names = count === 0 ? [] : joined.toString('latin1').split('\0');
  if (names.length !== count) throw new Error('lengths do not add up');
  return names;
}

interface EncodedNumbers {
  readonly format: NumberFormat;
  readonly value: number;
  readonly bytes: Uint8Array;
}

function encodeNumbers(numbers: Numbers, length: number): EncodedNumbers {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < length; i++) {
    const number = numbers[i]!;
    if (number < min) min = number;
    if (number > max) max = number;
  }
  if (length === 0 || min === max) return { format: 'constant', value: length === 0 ? 0 : min, bytes: new Uint8Array(0) };
  const format = min < 0 || max >= 2 ** 32 ? 'f64' : max < 256 ? 'u8' : max < 65536 ? 'u16' : 'u32';
  const array = arrays[format].from(numbers);
  return { format, value: 0, bytes: new Uint8Array(array.buffer) };
}

const arrays = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

function decodeNumbers(format: NumberFormat, value: number, length: number, take: (length: number) => Buffer): Numbers {
  if (format === 'constant') return new Float64Array(length).fill(value);
  const type = arrays[format];
  if (type === undefined) throw new Error('unknown number format');
  // Copied, so that it is aligned whatever the buffer's offset is.
  return new type(new Uint8Array(take(length * type.BYTES_PER_ELEMENT)).buffer);
}

function padding(length: number): number {
  return (8 - (length % 8)) % 8;
}
