import { CaissonError } from '../errors.js';

/**
 * A path or name as Linux has it: bytes. It is held as a «binary string», one UTF-16 unit (0–255) per byte, so that any name survives,
 * comparing two strings compares their bytes, and ASCII names, which is nearly all, cost nothing to convert. Paths inside a layer are
 * relative, without leading `./` or trailing `/`; the root is the empty string.
 */
export type RawPath = string;

/** The bytes that this text has in UTF-8. */
export function rawPath(text: string): RawPath {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** For people: UTF-8 where the bytes are that, with `\xNN` for bytes that are not and for control characters. */
export function displayPath(path: RawPath): string {
  if (isPrintable(path)) return path;
  let text = path;
  if (!isAscii(path)) {
    try {
      text = utf8.decode(Buffer.from(path, 'latin1'));
    } catch {
      // Bytes of no known encoding.
      return escaped(path, (code) => code < 32 || code > 126);
    }
  }
  return escaped(text, (code) => code < 32 || code === 127);
}

/** What node:fs takes for this path. */
export function fsPath(path: RawPath): string | Buffer {
  return isAscii(path) ? path : Buffer.from(path, 'latin1');
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

export function joinPath(directory: RawPath, name: RawPath): RawPath {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The folder that holds it; the root for a name without a folder. */
export function parentPath(path: RawPath): RawPath {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function baseName(path: RawPath): RawPath {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Bytewise, for names in one folder. */
export function compareBytes(a: RawPath, b: RawPath): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The order of a walk that visits a folder's names bytewise and each folder's contents right after it: `a`, `a/x`, `a-b`. Layers are
 * written in it, since unpacking then never returns to a folder that it has left.
 */
export function compareTreeOrder(a: RawPath, b: RawPath): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x === SLASH ? -1 : y === SLASH ? 1 : x - y;
  }
  return a.length - b.length;
}

const SLASH = 47;
// A path that needs work: an empty, `.` or `..` part somewhere. Most have none and are returned as they are.
const unclean = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * A layer's own name for a path, made relative and normal: leading slashes, `.` and doubled slashes go.
 * @throws CaissonError `invalid-content` for `..` anywhere and for NUL: neither has an honest use in a layer.
 */
export function cleanPath(path: RawPath): RawPath {
  if (path.includes('\0')) throw new CaissonError('invalid-content', `a name in the layer contains a NUL byte: ${displayPath(path)}`);
  if (!unclean.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') throw new CaissonError('invalid-content', `a name in the layer leads upwards: ${displayPath(path)}`);
    parts.push(part);
  }
  return parts.join('/');
}

function isPrintable(path: RawPath): boolean {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code < 32 || code > 126) return false;
  }
  return true;
}

function escaped(text: string, isBad: (code: number) => boolean): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    result += isBad(code) ? `\\x${code.toString(16).padStart(2, '0')}` : text[i]!;
  }
  return result;
}
