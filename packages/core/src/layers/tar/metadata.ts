import { CaissonError } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { exceeded, type LayerLimits } from '../limits.js';
import { flags, flagTypes, type TarHeader } from './header.js';
import { parseDecimal, parsePaxTime } from './numbers.js';
import { parsePax, XATTR, xattrName } from './pax.js';
import { type PaxSparse, paxSparse, type SparseMap } from './sparse.js';

export interface BuiltEntry {
  readonly entry: TarEntry;
  /** Bytes that lie in the archive. */
  readonly stored: number;
  readonly sparse: SparseMap | 'in-data' | undefined;
}

/**
 * What extended headers have said of the entry to come. `add` takes each as it is read, `build` joins them with the entry's own header
 * and forgets all but the global ones.
 */
export class EntryMetadata {
  readonly #limits: LayerLimits;
  readonly #globals = new Map<string, Buffer>();
  #locals: [string, Buffer][] | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;
  #bytes = 0;

  constructor(limits: LayerLimits) {
    this.#limits = limits;
  }

  /** True while an extended header waits for its entry. */
  get pending(): boolean {
    return this.#locals !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  /** Counts bytes of extended headers before they are read. @throws CaissonError `limit-exceeded` */
  reserve(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxMetadataBytes) throw exceeded('maxMetadataBytes', 'has too long an extended header');
  }

  /** Begins to count anew. */
  release(): void {
    this.#bytes = 0;
  }

  /** `data` may be reused afterwards. */
  add(flag: number, data: Buffer): void {
    if (flag === flags.gnuLongName) this.#longName = text(data);
    else if (flag === flags.gnuLongLink) this.#longLink = text(data);
    else if (flag === flags.paxLocal) this.#locals = [...(this.#locals ?? []), ...parsePax(Buffer.from(data))];
    else {
      for (const [key, value] of parsePax(Buffer.from(data))) {
        if (value.length === 0) this.#globals.delete(key);
        else this.#globals.set(key, value);
      }
      if (this.#globals.size > 1000) throw exceeded('maxMetadataBytes', 'has too many global headers');
    }
  }

  build(header: TarHeader, gnuSparse: { map: SparseMap; size: number } | undefined): BuiltEntry {
    const locals = this.#locals;
    const built = this.#globals.size === 0 && locals === undefined ? this.#plain(header) : this.#extended(header, locals ?? []);
    this.#locals = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#bytes = 0;
    if (gnuSparse === undefined) return built;
    return { entry: { ...built.entry, size: gnuSparse.size }, stored: built.stored, sparse: gnuSparse.map };
  }

  #plain(header: TarHeader): BuiltEntry {
    return finish(
      {
        path: this.#longName ?? header.name,
        type: 'file',
        mode: header.mode,
        uid: header.uid,
        gid: header.gid,
        size: header.size,
        mtime: header.mtime,
        mtimeNs: 0,
        linkname: this.#longLink ?? header.linkname,
        devmajor: header.devmajor,
        devminor: header.devminor,
        xattrs: undefined,
      },
      header.flag,
      undefined,
    );
  }

  #extended(header: TarHeader, locals: readonly [string, Buffer][]): BuiltEntry {
    const records = new Map(this.#globals);
    for (const [key, value] of locals) {
      // An empty value takes back what a global header said; an empty xattr is one.
      if (value.length === 0 && !key.startsWith(XATTR)) records.delete(key);
      else records.set(key, value);
    }
    const number = (key: string, otherwise: number): number => {
      const value = records.get(key);
      return value === undefined ? otherwise : parseDecimal(value.toString('latin1'), key);
    };
    const time = records.get('mtime');
    const { seconds, ns } = time === undefined ? { seconds: header.mtime, ns: 0 } : parsePaxTime(time.toString('latin1'));
    const xattrs = new Map<string, Uint8Array>();
    let windows: Map<string, string> | undefined;
    for (const [key, value] of records) {
      if (key.startsWith(XATTR)) xattrs.set(xattrName(key), value);
      else if (key.startsWith('MSWINDOWS.') || key.startsWith('LIBARCHIVE.')) (windows ??= new Map()).set(key, value.toString('latin1'));
    }
    const sparse = paxSparse(locals);
    const entry: TarEntry = {
      path: sparse?.name ?? records.get('path')?.toString('latin1') ?? this.#longName ?? header.name,
      type: 'file',
      mode: header.mode,
      uid: number('uid', header.uid),
      gid: number('gid', header.gid),
      size: number('size', header.size),
      mtime: seconds,
      mtimeNs: ns,
      linkname: records.get('linkpath')?.toString('latin1') ?? this.#longLink ?? header.linkname,
      devmajor: number('SCHILY.devmajor', header.devmajor),
      devminor: number('SCHILY.devminor', header.devminor),
      xattrs: xattrs.size === 0 ? undefined : xattrs,
      ...(windows === undefined ? {} : { windows }),
    };
    return finish(entry, header.flag, sparse);
  }
}

function finish(entry: TarEntry, flag: number, sparse: PaxSparse | undefined): BuiltEntry {
  let type = flagTypes.get(flag);
  if (type === undefined) {
    throw new CaissonError('invalid-content', `the archive has an entry of unknown type ${JSON.stringify(String.fromCharCode(flag))}`);
  }
  let end = entry.path.length;
  while (end > 0 && entry.path.charCodeAt(end - 1) === 47) end--;
  // Before POSIX a directory was a file whose name ends with a slash.
  if (end < entry.path.length && type === 'file') type = 'directory';
  const path = end === entry.path.length ? entry.path : end === 0 ? '/' : entry.path.slice(0, end);
  if (entry.size < 0) throw new CaissonError('invalid-content', 'the archive has an entry of negative size');
  const stored = type === 'file' ? entry.size : 0;
  const size = type === 'file' ? (sparse?.size ?? entry.size) : 0;
  const isLink = type === 'symlink' || type === 'hardlink';
  return { entry: { ...entry, path, type, size, linkname: isLink ? entry.linkname : '' }, stored, sparse: type === 'file' ? sparse?.map : undefined };
}

function text(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}
