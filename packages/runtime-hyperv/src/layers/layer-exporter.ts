import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path/win32';
import { CaissonError, fromSystemError, LayerWriter as ArchiveWriter, rawPath, tarEntry, type LayerSummary, type TarEntry } from '@caisson/core';
import type { BackupFiles } from '../win32/files.js';
import { backupParts, backupStream, type BackupPart } from './backup-stream.js';
import { decodeExtendedAttributes } from './extended-attributes.js';
import { attribute, formatTime, paxKey, unixTime, type FileInfo } from './file-info.js';
import { decodeReparsePoint } from './reparse-point.js';
import { folderSuffix } from './upper-layer-writer.js';

export interface ExportOptions {
  /** Later times become this one (seconds since 1970). */
  readonly clampTo?: number;
  /** From when on a time is late. */
  readonly clampFrom?: number;
}

/**
 * Writes what the service has exported to a folder, in the transport format, as an archive: names in order, whiteouts for tombstones, and
 * metadata as PAX records (hcsshim: ociwclayer; Microsoft/go-winio: backuptar).
 */
export class LayerExporter {
  readonly #root: string;
  readonly #files: BackupFiles;
  readonly #options: ExportOptions;
  readonly #archive: ArchiveWriter;
  readonly #tombstones: ReadonlyMap<string, readonly string[]>;
  #changes = 0;

  constructor(root: string, files: BackupFiles, write: (data: Uint8Array) => void, options: ExportOptions) {
    this.#root = root;
    this.#files = files;
    this.#options = options;
    this.#archive = new ArchiveWriter(write);
    this.#tombstones = readTombstones(join(root, 'tombstones.txt'));
  }

  /** What was written. The entries that every layer has, its areas and their hives, are not counted: none means that nothing was changed. */
  export(): LayerSummary {
    // The hives' folder has the time of the export: that of the hive itself is the layer's.
    const delta = this.#info(join(this.#root, 'Hives', 'System_Delta')) ?? this.#info(join(this.#root, 'Files'));
    if (!delta) throw new CaissonError('runtime-failed', 'the service has exported nothing');
    for (const area of ['Files', 'Hives']) {
      const info = this.#info(join(this.#root, area));
      if (!info) continue;
      this.#add(area, { ...delta, attributes: info.attributes }, [], 'directory', undefined);
      this.#below(area);
    }
    const { diffId, size } = this.#archive.finish();
    return { diffId, size, entries: this.#changes };
  }

  #below(folder: string): void {
    const path = join(this.#root, folder);
    const names = new Set(readdirSync(path).filter((name) => !name.endsWith(folderSuffix)));
    // A folder that is a link has its metadata only.
    for (const name of readdirSync(path)) if (name.endsWith(folderSuffix)) names.add(name.slice(0, -folderSuffix.length));
    const gone = this.#tombstones.get(folder.toLowerCase()) ?? [];
    this.#changes += gone.length;
    for (const name of [...gone].sort()) this.#archive.whiteout(rawPath(`${folder}\\${name}`.replaceAll('\\', '/')));
    for (const name of [...names].sort()) {
      if (folder === 'Files' && name.toLowerCase() === '$recycle.bin') continue;
      this.#one(`${folder}\\${name}`);
    }
  }

  #one(path: string): void {
    const place = join(this.#root, path);
    const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? true;
    if (!path.startsWith('Files\\')) return isFolder ? void 0 : this.#hive(path, place);
    this.#changes++;
    const file = isFolder ? `${place}${folderSuffix}` : place;
    const times = this.#info(file);
    if (!times) throw new CaissonError('invalid-content', `the service has exported ${path} without its metadata`);
    const fd = openSync(file, 'r');
    try {
      const head = Buffer.alloc(4);
      if (readSync(fd, head, 0, 4, 0) !== 4) throw new CaissonError('invalid-content', `the service has exported ${path} without its attributes`);
      const parts = backupParts((into, position) => readSync(fd, into, 0, into.length, position), 4, statSync(file).size);
      this.#add(path, { ...times, attributes: head.readUInt32LE(0) }, parts, isFolder ? 'directory' : 'file', fd);
    } catch (error) {
      throw fromSystemError(error, `reading ${path} of an exported layer`);
    } finally {
      closeSync(fd);
    }
    if (isFolder) this.#below(path);
  }

  /** Hives are files as they are. */
  #hive(path: string, place: string): void {
    const info = this.#info(place);
    if (!info) return;
    const content = readFileSync(place);
    const entry = this.#entry(path, { ...info, creation: info.write }, 'file', content.length, new Map());
    this.#archive.add(entry, content);
  }

  #add(path: string, info: FileInfo, parts: readonly BackupPart[], kind: 'file' | 'directory', fd: number | undefined): void {
    const read = (part: BackupPart) => {
      const content = Buffer.alloc(part.size);
      if (fd === undefined || readSync(fd, content, 0, part.size, part.offset) !== part.size) throw new CaissonError('invalid-content', `the service has exported ${path} cut short`);
      return content;
    };
    const records = new Map<string, string>();
    const security = parts.find((part) => part.kind === backupStream.security);
    if (security) records.set(paxKey.rawSecurity, read(security).toString('base64'));
    const extended = parts.find((part) => part.kind === backupStream.extendedAttributes);
    if (extended) for (const { name, value } of decodeExtendedAttributes(read(extended))) records.set(`${paxKey.extendedAttribute}${name}`, Buffer.from(value).toString('base64'));
    const reparse = parts.find((part) => part.kind === backupStream.reparse);
    const link = reparse && decodeReparsePoint(read(reparse));
    if (link) {
      if (link.mountPoint) records.set(paxKey.mountPoint, '1');
      this.#archive.add({ ...this.#entry(path, info, 'symlink', 0, records), linkname: rawPath(link.target.replaceAll('\\', '/')) });
      return;
    }
    const data = parts.find((part) => part.kind === backupStream.data);
    this.#content(this.#entry(path, info, kind, kind === 'file' ? (data?.size ?? 0) : 0, records), kind === 'file' ? data : undefined, fd);
    for (const part of parts) {
      const name = /^:([^:]+):\$DATA$/.exec(part.name)?.[1];
      if (part.kind === backupStream.alternateData && name !== undefined) this.#content(this.#entry(`${path}:${name}`, info, 'file', part.size, new Map()), part, fd);
    }
  }

  #content(entry: TarEntry, part: BackupPart | undefined, fd: number | undefined): void {
    this.#archive.begin(entry);
    const buffer = Buffer.allocUnsafe(Math.min(part?.size ?? 0, 1 << 20));
    for (let done = 0; part && fd !== undefined && done < part.size; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, part.size - done), part.offset + done);
      if (count === 0) throw new CaissonError('invalid-content', 'an exported file is cut short');
      this.#archive.write(buffer.subarray(0, count));
      done += count;
    }
    this.#archive.end();
  }

  #entry(path: string, info: FileInfo, type: 'file' | 'directory' | 'symlink', size: number, records: Map<string, string>): TarEntry {
    const { seconds, nanoseconds } = unixTime(info.write);
    const late = this.#options.clampTo !== undefined && seconds >= (this.#options.clampFrom ?? this.#options.clampTo);
    const [mtime, mtimeNs] = late ? [this.#options.clampTo, 0] : [seconds, nanoseconds];
    records.set(paxKey.attributes, String(info.attributes & ~(attribute.sparse | attribute.normal)));
    records.set(paxKey.creation, late ? String(mtime) : formatTime(info.creation));
    return { ...tarEntry({ path: rawPath(path.replaceAll('\\', '/')), type, size, mtime: mtime ?? 0, mtimeNs: mtimeNs ?? 0 }), windows: records };
  }

  #info(path: string): FileInfo | undefined {
    if (!statSync(path, { throwIfNoEntry: false })) return undefined;
    const handle = this.#files.openForBackup(path);
    try {
      return this.#files.info(handle);
    } finally {
      this.#files.close(handle);
    }
  }
}

/** Names that are gone, by their folder in lower case. @throws CaissonError `invalid-content` */
export function readTombstones(path: string): Map<string, string[]> {
  const [version, ...lines] = readFileSync(path, 'utf8').replace(/^\uFEFF/, '').split(/\r?\n/);
  if (version !== 'Version 1.0') throw new CaissonError('invalid-content', 'the service has exported tombstones of an unknown version');
  const byFolder = new Map<string, string[]>();
  for (const line of lines) {
    if (line === '') continue;
    const full = `Files${line.startsWith('\\') ? '' : '\\'}${line}`;
    const at = full.lastIndexOf('\\');
    const folder = full.slice(0, at).toLowerCase();
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), full.slice(at + 1)]);
  }
  return byFolder;
}
