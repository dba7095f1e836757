import { CaissonError } from '@caisson/core';

const tag = { symlink: 0xa000000c, mountPoint: 0xa0000003 } as const;
const relativeFlag = 1;

export interface ReparsePoint {
  /** As a program would write it: `C:\folder` or `..\file`. */
  readonly target: string;
  /** A junction, rather than a symbolic link. */
  readonly mountPoint: boolean;
}

/** REPARSE_DATA_BUFFER of a symbolic link or mount point. */
export function encodeReparsePoint({ target, mountPoint }: ReparsePoint): Buffer {
  const relative = !mountPoint && !/^(?:[a-z]:|\\)/i.test(target);
  // The kernel's name of an absolute path, and the name that is shown.
  const substitute = Buffer.from(relative || target.startsWith('\\??\\') ? target : target.startsWith('\\\\?\\') ? `\\??\\${target.slice(4)}` : target.startsWith('\\\\') ? `\\??\\UNC\\${target.slice(2)}` : target.startsWith('\\') ? target : `\\??\\${target}`, 'utf16le');
  const print = Buffer.from(target, 'utf16le');
  const flags = mountPoint ? 0 : 4;
  // Mount points close each name with a zero character.
  const close = mountPoint ? 2 : 0;
  const length = 8 + flags + substitute.length + print.length + close * 2;
  const data = Buffer.alloc(8 + length);
  data.writeUInt32LE(mountPoint ? tag.mountPoint : tag.symlink, 0);
  data.writeUInt16LE(length, 4);
  data.writeUInt16LE(0, 8);
  data.writeUInt16LE(substitute.length, 10);
  data.writeUInt16LE(substitute.length + close, 12);
  data.writeUInt16LE(print.length, 14);
  if (!mountPoint) data.writeUInt32LE(relative ? relativeFlag : 0, 16);
  substitute.copy(data, 16 + flags);
  print.copy(data, 16 + flags + substitute.length + close);
  return data;
}

/** Undefined for a reparse point of another kind. @throws CaissonError `invalid-content` */
export function decodeReparsePoint(data: Buffer): ReparsePoint | undefined {
  if (data.length < 20) throw malformed();
  const kind = data.readUInt32LE(0);
  if (kind !== tag.symlink && kind !== tag.mountPoint) return undefined;
  const mountPoint = kind === tag.mountPoint;
  const names = mountPoint ? 16 : 20;
  const name = (at: number) => {
    const start = names + data.readUInt16LE(at);
    const end = start + data.readUInt16LE(at + 2);
    if (end > data.length) throw malformed();
    return data.toString('utf16le', start, end);
  };
  const print = name(12);
  return { target: print === '' ? name(8).replace(/^\\\?\?\\UNC\\/, '\\\\').replace(/^\\\?\?\\/, '') : print, mountPoint };
}

function malformed(): CaissonError {
  return new CaissonError('invalid-content', 'a file of the layer has a malformed reparse point');
}
