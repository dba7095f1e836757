import { CaissonError } from '../../errors.js';
import type { EntryType } from '../entry.js';
import type { RawPath } from '../raw-path.js';
import { readNumber, writeOctal } from './numbers.js';

/** A header block, POSIX.1-1988 (ustar) as extended by GNU; fields are as stored. */
export interface TarHeader {
  /** With the ustar prefix in front. */
  readonly name: RawPath;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** The type flag's byte. */
  readonly flag: number;
  readonly linkname: RawPath;
  readonly devmajor: number;
  readonly devminor: number;
}

export const BLOCK = 512;

/** Type flags that stand for files, by byte. */
export const flagTypes: ReadonlyMap<number, EntryType> = new Map([
  [0, 'file'], // before POSIX
  [48, 'file'], // '0'
  [49, 'hardlink'],
  [50, 'symlink'],
  [51, 'char'],
  [52, 'block'],
  [53, 'directory'],
  [54, 'fifo'],
  [55, 'file'], // '7', contiguous: all readers take it for a plain file
  [83, 'file'], // 'S', GNU sparse
]);

export const typeFlags: Readonly<Record<EntryType, number>> = { file: 48, hardlink: 49, symlink: 50, char: 51, block: 52, directory: 53, fifo: 54 };

export const flags = { paxLocal: 120, paxGlobal: 103, gnuLongName: 76, gnuLongLink: 75, gnuSparse: 83 } as const;

/** @throws CaissonError `invalid-content` when the checksum or a number is wrong. */
export function decodeHeader(block: Buffer, offset: number): TarHeader {
  verifyChecksum(block, offset);
  const flag = block[offset + 156]!;
  // «ustar\0» has a prefix field; GNU's «ustar  » uses those bytes otherwise, and older archives leave them empty.
  const isUstar = block[offset + 257] === 117 && block[offset + 258] === 115 && block[offset + 261] === 114;
  const posix = isUstar && block[offset + 262] === 0;
  const name = readText(block, offset, 100);
  const prefix = posix && block[offset + 345] !== 0 ? readText(block, offset + 345, 155) : '';
  const device = isUstar && (flag === typeFlags.char || flag === typeFlags.block);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: readNumber(block, offset + 100, 8, 'mode') & 0o7777,
    uid: readNumber(block, offset + 108, 8, 'uid'),
    gid: readNumber(block, offset + 116, 8, 'gid'),
    size: readNumber(block, offset + 124, 12, 'size'),
    mtime: readNumber(block, offset + 136, 12, 'mtime'),
    flag,
    linkname: block[offset + 157] === 0 ? '' : readText(block, offset + 157, 100),
    devmajor: device ? readNumber(block, offset + 329, 8, 'devmajor') : 0,
    devminor: device ? readNumber(block, offset + 337, 8, 'devminor') : 0,
  };
}

/** Writes a ustar header; every value must fit its field (see `fitsOctal`), name and prefix theirs. */
export function encodeHeader(block: Buffer, offset: number, header: TarHeader, prefix: RawPath): void {
  block.fill(0, offset, offset + BLOCK);
  block.write(header.name, offset, 100, 'latin1');
  writeOctal(block, offset + 100, 8, header.mode);
  writeOctal(block, offset + 108, 8, header.uid);
  writeOctal(block, offset + 116, 8, header.gid);
  writeOctal(block, offset + 124, 12, header.size);
  writeOctal(block, offset + 136, 12, header.mtime);
  block[offset + 156] = header.flag;
  if (header.linkname !== '') block.write(header.linkname, offset + 157, 100, 'latin1');
  block.write('ustar\x0000', offset + 257, 8, 'latin1');
  writeOctal(block, offset + 329, 8, header.devmajor);
  writeOctal(block, offset + 337, 8, header.devminor);
  if (prefix !== '') block.write(prefix, offset + 345, 155, 'latin1');
  let sum = 8 * 32;
  for (let i = offset; i < offset + BLOCK; i++) sum += block[i]!;
  writeOctal(block, offset + 148, 7, sum);
  block[offset + 155] = 32;
}

/** Largest numbers of an 8 and a 12 byte field in octal. */
export const MAX_OCTAL_8 = 0o7777777;
export const MAX_OCTAL_12 = 0o77777777777;

export function isZeroBlock(block: Buffer, offset: number): boolean {
  if (block[offset] !== 0) return false;
  for (let i = offset; i < offset + BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

function verifyChecksum(block: Buffer, offset: number): void {
  let sum = 8 * 32;
  for (let i = offset; i < offset + 148; i++) sum += block[i]!;
  for (let i = offset + 156; i < offset + BLOCK; i++) sum += block[i]!;
  const stored = readNumber(block, offset + 148, 8, 'checksum');
  if (stored === sum) return;
  // Some old archivers summed signed bytes.
  for (let i = offset; i < offset + BLOCK; i++) if ((i < offset + 148 || i >= offset + 156) && block[i]! > 127) sum -= 256;
  if (stored !== sum) throw new CaissonError('invalid-content', 'the archive has a damaged header (its checksum is wrong)');
}

function readText(block: Buffer, offset: number, length: number): RawPath {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return block.toString('latin1', offset, end);
}
