import { createHash } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync, readlinkSync, readSync, type BigIntStats } from 'node:fs';
import { displayPath, fromSystemError, systemCode, throwIfAborted, type LayerEntry, type LayerIndex, type RawPath } from '@caisson/core';

export interface VerifyOptions {
  /** Compare owners, permissions, link targets and the contents of files too. */
  readonly contents?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Compares the files that overlayfs has for a layer with the layer's table of contents; gives the first difference. What a journal keeps in
 * order cannot be lost alone: after a loss of power it is enough to look at files, and at how long they are.
 */
export function verifyFiles(root: string, layer: LayerIndex, { contents = false, signal }: VerifyOptions = {}): string | undefined {
  const last = new Map<RawPath, number>();
  for (let i = 0; i < layer.length; i++) if (layer.type(i) !== 'opaque') last.set(layer.path(i), i);
  for (const [path, i] of last) {
    if (!contents && (layer.type(i) !== 'file' || layer.columns.size[i] === 0)) continue;
    throwIfAborted(signal);
    const fault = compare(path === '' ? root : `${root}/${path}`, layer.entry(i), contents);
    if (fault !== undefined) return `${displayPath(path) || 'its root'} ${fault}`;
  }
  return undefined;
}

function compare(location: RawPath, entry: LayerEntry, contents: boolean): string | undefined {
  const place = Buffer.from(location, 'latin1');
  let stat: BigIntStats;
  try {
    stat = lstatSync(place, { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return entry.type === 'whiteout' ? undefined : 'is missing';
    throw fromSystemError(error, `looking at ${displayPath(location)}`);
  }
  if (entry.type === 'whiteout') return undefined; // covered by what the layer has there itself, or by a mark
  if (entry.type === 'hardlink') return stat.nlink > 1n ? undefined : 'has lost its other names';
  if (!isType(stat, entry.type)) return 'is of another kind';
  if (entry.type === 'file' && Number(stat.size) !== entry.size) return `has ${stat.size} bytes and not ${entry.size}`;
  if (!contents) return undefined;
  if (entry.type === 'symlink') return readlinkSync(place, { encoding: 'latin1' }) === entry.linkname ? undefined : 'leads elsewhere';
  if ((Number(stat.mode) & 0o7777) !== entry.mode) return `has the permissions ${(Number(stat.mode) & 0o7777).toString(8)} and not ${entry.mode.toString(8)}`;
  if (Number(stat.uid) !== entry.uid || Number(stat.gid) !== entry.gid) return `belongs to ${stat.uid}:${stat.gid} and not to ${entry.uid}:${entry.gid}`;
  return entry.type === 'file' && entry.digest !== undefined && digestOf(place) !== entry.digest ? 'has other contents' : undefined;
}

function isType(stat: BigIntStats, type: LayerEntry['type']): boolean {
  switch (type) {
    case 'file':
      return stat.isFile();
    case 'directory':
      return stat.isDirectory();
    case 'symlink':
      return stat.isSymbolicLink();
    case 'char':
      return stat.isCharacterDevice();
    case 'block':
      return stat.isBlockDevice();
    case 'fifo':
      return stat.isFIFO();
    default:
      return true;
  }
}

const buffer = Buffer.allocUnsafeSlow(256 * 1024);

function digestOf(path: Buffer): string {
  const hash = createHash('sha256');
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return `sha256:${hash.digest('hex')}`;
}
