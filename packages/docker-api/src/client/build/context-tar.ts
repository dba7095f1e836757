import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, rawPath, tarEntry, TarWriter, throwIfAborted, type TarEntry } from '@caisson/core';
import { parseIgnore, type IgnoreFile } from '@caisson/dockerfile';

export interface ContextTarOptions {
  /** Path of the Dockerfile in the context: it is sent whatever the ignore file says, and has an ignore file of its own if there is one. */
  readonly dockerfile: string;
  /** Further files at the top of the tar, by name. */
  readonly extra?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * A build context as a tar, for hosts that cannot see the folder: without what the ignore file leaves out, with root as the owner, as docker's
 * client sends it.
 * @throws CaissonError `not-found`, `denied`, `invalid-content` for a file that changes meanwhile
 */
export async function* contextTar(folder: string, options: ContextTarOptions): AsyncGenerator<Uint8Array, void> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter((chunk) => chunks.push(Uint8Array.from(chunk)), { bufferSize: 256 * 1024 });
  const ignore = readIgnore(folder, options.dockerfile);
  const always = new Set([options.dockerfile, '.dockerignore', `${options.dockerfile}.dockerignore`]);
  try {
    if (!statSync(folder).isDirectory()) throw new CaissonError('invalid-argument', `${folder} is not a folder`);
    for (const { path, info } of walk(folder, '', ignore, always)) {
      throwIfAborted(options.signal);
      const full = join(folder, path);
      if (info.isFile()) {
        for (const _ of writeFile(writer, entryOf(path, info), full)) yield* chunks.splice(0);
      } else writer.add(entryOf(path, info, info.isSymbolicLink() ? readlinkSync(full) : ''));
      yield* chunks.splice(0);
    }
  } catch (error) {
    throw fromSystemError(error, `reading the build context ${folder}`);
  }
  for (const [name, text] of Object.entries(options.extra ?? {})) {
    const content = Buffer.from(text);
    writer.add(tarEntry({ path: rawPath(name), type: 'file', size: content.length }), content);
  }
  writer.finish();
  yield* chunks;
}

/** The Dockerfile's own ignore file comes before the context's. */
function readIgnore(folder: string, dockerfile: string): IgnoreFile {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const ignore = parseIgnore(readFileSync(path, 'utf8'), { file: path });
    const [problem] = ignore.errors;
    if (problem) throw new CaissonError('invalid-content', problem.message, { range: { ...problem.range, file: path } });
    return ignore;
  }
  return parseIgnore('');
}

function* walk(root: string, below: string, ignore: IgnoreFile, always: ReadonlySet<string>): Generator<{ path: string; info: Stats }> {
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const info = lstatSync(join(root, path));
    const ignored = ignore.ignores(path) && !always.has(path);
    if (info.isDirectory()) {
      const mayHold = ignored && (ignore.mayReinclude(path) || [...always].some((kept) => kept.startsWith(`${path}/`)));
      if (!ignored) yield { path, info };
      if (!ignored || mayHold) yield* walk(root, path, ignore, always);
    } else if (!ignored && (info.isFile() || info.isSymbolicLink())) yield { path, info };
  }
}

function entryOf(path: string, info: Stats, linkname = ''): TarEntry {
  const type = info.isDirectory() ? 'directory' : info.isSymbolicLink() ? 'symlink' : 'file';
  // Windows has no such bits: everything may be run there, as docker's client has it.
  const mode = process.platform === 'win32' ? (type === 'file' || type === 'directory' ? 0o755 : 0o777) : info.mode & 0o7777;
  const seconds = Math.floor(info.mtimeMs / 1000);
  return tarEntry({ path: rawPath(path), type, mode, size: type === 'file' ? info.size : 0, mtime: seconds, linkname: rawPath(linkname.replaceAll('\\', process.platform === 'win32' ? '/' : '\\')) });
}

/** Yields after each piece, so that what was written can be sent. */
function* writeFile(writer: TarWriter, entry: TarEntry, path: string): Generator<void> {
  const file = openSync(path, 'r');
  try {
    writer.begin(entry);
    const buffer = Buffer.allocUnsafe(256 * 1024);
    for (let left = entry.size; left > 0; ) {
      const read = readSync(file, buffer, 0, Math.min(buffer.length, left), null);
      if (read === 0) throw new CaissonError('invalid-content', `${path} became shorter while it was read`);
      writer.write(buffer.subarray(0, read));
      left -= read;
      yield;
    }
    writer.end();
  } finally {
    closeSync(file);
  }
}
