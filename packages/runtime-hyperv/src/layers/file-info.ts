import type { TarEntry } from '@caisson/core';

/** What Windows keeps of a file beside its contents: FILE_BASIC_INFO. Times in units of 100 ns since 1601. */
export interface FileInfo {
  readonly creation: bigint;
  readonly access: bigint;
  readonly write: bigint;
  readonly change: bigint;
  /** FILE_ATTRIBUTE_… */
  readonly attributes: number;
}

export const attribute = { readonly: 1, hidden: 2, system: 4, directory: 0x10, archive: 0x20, normal: 0x80, sparse: 0x200, reparsePoint: 0x400 } as const;

/** Keys of a layer's extended headers (Microsoft/go-winio: backuptar). */
export const paxKey = {
  attributes: 'MSWINDOWS.fileattr',
  rawSecurity: 'MSWINDOWS.rawsd',
  security: 'MSWINDOWS.sd',
  mountPoint: 'MSWINDOWS.mountpoint',
  extendedAttribute: 'MSWINDOWS.xattr.',
  creation: 'LIBARCHIVE.creationtime',
} as const;

/** Seconds between 1601 and 1970. */
const epoch = 11_644_473_600n;

export function fileTime(seconds: number, nanoseconds: number): bigint {
  return (BigInt(seconds) + epoch) * 10_000_000n + BigInt(Math.floor(nanoseconds / 100));
}

/** Whole seconds since 1970 and the nanoseconds on top. */
export function unixTime(time: bigint): { seconds: number; nanoseconds: number } {
  const seconds = time / 10_000_000n;
  return { seconds: Number(seconds - epoch), nanoseconds: Number(time % 10_000_000n) * 100 };
}

/** From an entry of a layer. Attributes that it does not give follow from its type. */
export function fileInfo(entry: TarEntry): FileInfo {
  const write = fileTime(entry.mtime, entry.mtimeNs);
  const given = entry.windows?.get(paxKey.attributes);
  const attributes = given !== undefined && /^\d{1,10}$/.test(given) ? Number(given) : 0;
  const directory = entry.type === 'directory' ? attribute.directory : 0;
  const creation = decimalTime(entry.windows?.get(paxKey.creation)) ?? write;
  return { creation, access: write, write, change: write, attributes: ((attributes & ~attribute.directory) | directory | (attributes & attribute.reparsePoint && attributes & attribute.directory ? attribute.directory : 0)) >>> 0 };
}

/** `seconds.fraction`, as PAX has times. */
function decimalTime(text: string | undefined): bigint | undefined {
  const match = /^(-?\d{1,12})(?:\.(\d{1,9})\d*)?$/.exec(text ?? '');
  return match ? fileTime(Number(match[1]), Number((match[2] ?? '').padEnd(9, '0'))) : undefined;
}

export function formatTime(time: bigint): string {
  const { seconds, nanoseconds } = unixTime(time);
  return nanoseconds === 0 ? String(seconds) : `${seconds}.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
}
