/** Bits of modes as Go writes them, which fsutil sends: https://pkg.go.dev/io/fs#FileMode */
const goTypes = 0x8f280000; // directory, symlink, device, named pipe, socket, character device, irregular
const goDirectory = 0x80000000;
const goSymlink = 0x08000000;
const goSpecial: readonly (readonly [number, number])[] = [
  [0x00800000, 0o4000],
  [0x00400000, 0o2000],
  [0x00100000, 0o1000],
];

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export function kindOf(mode: number): FileKind {
  const type = (mode & goTypes) >>> 0;
  return type === 0 ? 'file' : type === goDirectory ? 'directory' : type === goSymlink ? 'symlink' : 'other';
}

/** Permission bits as chmod(2) takes them. */
export function permissionsOf(mode: number): number {
  return goSpecial.reduce((bits, [go, unix]) => ((mode & go) === 0 ? bits : bits | unix), mode & 0o777);
}

/** The mode of a file of the host, as Go writes it. */
export function goMode(kind: Exclude<FileKind, 'other'>, mode: number): number {
  const type = kind === 'directory' ? goDirectory : kind === 'symlink' ? goSymlink : 0;
  return goSpecial.reduce((bits, [go, unix]) => ((mode & unix) === 0 ? bits : (bits | go) >>> 0), (type | (mode & 0o777)) >>> 0);
}
