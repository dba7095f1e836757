import { CaissonError } from '../../errors.js';
import { parseDecimal, readNumber } from './numbers.js';

/** Where the stored bytes of a sparse file go, ascending: offset, length, offset, length… in the file as it will be. */
export type SparseMap = readonly number[];

/** @throws CaissonError `invalid-content` unless the pieces ascend, lie within the file and add up to what is stored. */
export function checkSparse(map: SparseMap, size: number, stored: number): void {
  let end = 0;
  let sum = 0;
  if (map.length % 2 !== 0) throw malformed();
  for (let i = 0; i < map.length; i += 2) {
    const offset = map[i]!;
    const length = map[i + 1]!;
    if (offset < end || length < 0 || offset + length > size) throw malformed();
    end = offset + length;
    sum += length;
  }
  if (sum !== stored) throw malformed();
}

/**
 * Reads pieces of the old GNU format: four in the header (at 386), 21 in each block that follows. Adds them to `map` and returns whether
 * a further block follows.
 */
export function readGnuPieces(block: Buffer, offset: number, count: 4 | 21, map: number[]): boolean {
  const start = count === 4 ? offset + 386 : offset;
  for (let i = 0; i < count; i++) {
    const at = start + i * 24;
    if (block[at + 12] === 0) break;
    map.push(readNumber(block, at, 12, 'sparse offset'), readNumber(block, at + 12, 12, 'sparse length'));
  }
  return block[start + count * 24] === 1;
}

/** What PAX records say of a sparse file; GNU tar's formats 0.0, 0.1 and 1.0. In 1.0 the map lies in front of the data. */
export interface PaxSparse {
  readonly name: string | undefined;
  readonly size: number;
  readonly map: SparseMap | 'in-data';
}

/** Undefined where the records speak of no sparse file. */
export function paxSparse(records: readonly (readonly [string, Buffer])[]): PaxSparse | undefined {
  const value = new Map<string, string>();
  const pieces: number[] = [];
  let found = false;
  for (const [key, bytes] of records) {
    if (!key.startsWith('GNU.sparse.')) continue;
    found = true;
    const text = bytes.toString('latin1');
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') pieces.push(parseDecimal(text, key));
    else value.set(key.slice(11), text);
  }
  if (!found) return undefined;
  const name = value.get('name');
  if (value.get('major') === '1' && value.get('minor') === '0') {
    return { name, size: parseDecimal(value.get('realsize') ?? '', 'GNU.sparse.realsize'), map: 'in-data' };
  }
  const size = parseDecimal(value.get('size') ?? '', 'GNU.sparse.size');
  const text = value.get('map');
  return { name, size, map: text === undefined ? pieces : text === '' ? [] : text.split(',').map((n) => parseDecimal(n, 'GNU.sparse.map')) };
}

/** Gathers the map at the start of the data of format 1.0: decimal lines, the first the count of pieces, padded to whole blocks. */
export class DataMap {
  #text = '';
  #lines = 0;
  #wanted: number | undefined;

  /** Takes the next block; the map once it is whole. */
  add(block: string): SparseMap | undefined {
    this.#text += block;
    for (let at = block.indexOf('\n'); at >= 0; at = block.indexOf('\n', at + 1)) this.#lines++;
    if (this.#wanted === undefined && this.#lines > 0) {
      const count = parseDecimal(this.#text.slice(0, this.#text.indexOf('\n')), 'sparse map');
      if (count < 0) throw malformed();
      this.#wanted = 1 + 2 * count;
    }
    if (this.#wanted === undefined || this.#lines < this.#wanted) return undefined;
    return this.#text
      .split('\n')
      .slice(1, this.#wanted)
      .map((line) => parseDecimal(line, 'sparse map'));
  }
}

function malformed(): CaissonError {
  return new CaissonError('invalid-content', 'the archive has a malformed map of a sparse file');
}
