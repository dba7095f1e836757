import { posix } from 'node:path';
import { CaissonError, isCaissonError, TarReader, TarWriter, tarEntry, rawPath, displayPath, type Engine, type ImageFile, type TarEntry } from '@caisson/core';
import { execText } from './exec.js';
import { inOrder, parseStatLines, typeOfMode, type FileEntry } from './entry.js';

/** No editor shows more. */
const maxBytes = 256 * 1024 * 1024;
/** Run with the folder as $1. Names that match nothing only make stat complain. */
const listScript = `cd -- "$1" && { stat -c '%f %s %Y %n' -- ./* ./.[!.]* ./..?* 2>/dev/null; true; }`;

/** The files of one container, running or not, as an editor wants to have them. Paths are absolute. */
export class ContainerFiles {
  readonly #engine: Engine;
  readonly #container: string;

  constructor(engine: Engine, container: string) {
    this.#engine = engine;
    this.#container = container;
  }

  /** Of a running one with a shell, what that sees; of others, what the image has and what has become of it. */
  async list(folder: string): Promise<readonly FileEntry[]> {
    const { status } = await this.#engine.containers.get(this.#container);
    if (status === 'running')
      try {
        return parseStatLines(await execText(this.#engine, this.#container, ['sh', '-c', listScript, 'sh', folder]));
      } catch (error) {
        if (!isCaissonError(error)) throw error;
        // No shell in it, or no stat: nothing that the image's own list could not do.
      }
    return this.#listAtRest(folder);
  }

  async stat(path: string): Promise<FileEntry> {
    const { name, mode, size, modified, linkTarget } = await this.#engine.containers.stat(this.#container, path);
    return { name, type: typeOfMode(mode), size, modified: modified.getTime(), ...(linkTarget === '' ? {} : { target: linkTarget }) };
  }

  async read(path: string): Promise<Uint8Array> {
    const { tar } = await this.#engine.containers.read(this.#container, path);
    const chunks: Uint8Array[] = [];
    let first: TarEntry | undefined;
    const reader = new TarReader({
      entry(entry) {
        first ??= entry;
        if (entry.type === 'directory') throw new CaissonError('invalid-argument', `${path} is a folder`);
        if (entry.size > maxBytes) throw new CaissonError('limit-exceeded', `${path} is too large for an editor`);
      },
      data: (chunk) => void chunks.push(Uint8Array.from(chunk)),
      hole: (length) => void chunks.push(new Uint8Array(length)),
      endEntry() {},
    });
    for await (const chunk of tar) reader.write(Buffer.from(chunk));
    reader.end();
    if (first?.type === 'symlink') return this.read(posix.resolve(posix.dirname(path), displayPath(first.linkname)));
    return Buffer.concat(chunks);
  }

  /** Writes the whole file; one that is there keeps its permissions and owner. */
  async write(path: string, content: Uint8Array): Promise<void> {
    const now = await this.#engine.containers.read(this.#container, path).catch((error: unknown) => {
      if (isCaissonError(error, 'not-found')) return undefined;
      throw error;
    });
    const before = now === undefined ? undefined : await firstEntry(now.tar);
    await this.#put(path, tarEntry({ path: rawPath(posix.basename(path)), type: 'file', size: content.length, mode: before?.mode ?? 0o644, uid: before?.uid ?? 0, gid: before?.gid ?? 0, mtime: Math.floor(Date.now() / 1000) }), content);
  }

  async createFolder(path: string): Promise<void> {
    await this.#put(path, tarEntry({ path: rawPath(posix.basename(path)), type: 'directory', mtime: Math.floor(Date.now() / 1000) }));
  }

  /** @throws CaissonError `unsupported` for a container that does not run: nothing but a program inside can do it */
  async remove(path: string, recursive: boolean): Promise<void> {
    await this.#inside('removed', recursive ? ['rm', '-rf', '--', path] : ['rm', '-d', '--', path]);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#inside('renamed', ['mv', '--', from, to]);
  }

  async #inside(what: string, args: readonly string[]): Promise<void> {
    const { status } = await this.#engine.containers.get(this.#container);
    if (status !== 'running') throw new CaissonError('unsupported', `files can be ${what} only in a container that runs`);
    await execText(this.#engine, this.#container, args);
  }

  async #put(path: string, entry: TarEntry, content?: Uint8Array): Promise<void> {
    const chunks: Uint8Array[] = [];
    const writer = new TarWriter((chunk) => void chunks.push(Uint8Array.from(chunk)));
    writer.add(entry, content);
    writer.finish();
    await this.#engine.containers.write(this.#container, posix.dirname(path), once(Buffer.concat(chunks)), { keepOwners: true, keepTypes: true });
  }

  async #listAtRest(folder: string): Promise<readonly FileEntry[]> {
    const { image } = await this.#engine.containers.get(this.#container);
    const [files, changes] = await Promise.all([this.#engine.images.files(image.id), this.#engine.containers.changes(this.#container)]);
    const inside = folder.replace(/^\/+|\/+$/g, '');
    const below = await files.children(inside).catch((error: unknown) => {
      if (isCaissonError(error, 'not-found', 'invalid-argument')) return [];
      throw error;
    });
    const entries = new Map(below.map((file) => [file.name, fromImage(file)]));
    for (const { path, kind } of changes) {
      const shown = displayPath(path).replace(/^\//, '');
      if (posix.dirname(`/${shown}`) !== `/${inside}`) continue;
      const name = posix.basename(shown);
      if (kind === 'deleted') entries.delete(name);
      else entries.set(name, await this.stat(`/${shown}`));
    }
    return inOrder([...entries.values()]);
  }
}

export function fromImage(file: ImageFile): FileEntry {
  const type = file.type === 'directory' ? 'folder' : file.type === 'symlink' ? 'link' : file.type === 'file' ? 'file' : 'other';
  return { name: file.name, type, size: file.size, modified: file.modified.getTime(), ...(file.linkTarget === '' ? {} : { target: file.linkTarget }) };
}

/** Reads on no further than to the first header. */
async function firstEntry(tar: AsyncIterable<Uint8Array>): Promise<TarEntry | undefined> {
  let first: TarEntry | undefined;
  const reader = new TarReader({ entry: (entry) => void (first ??= entry), data() {}, hole() {}, endEntry() {} });
  for await (const chunk of tar) {
    reader.write(Buffer.from(chunk));
    if (first !== undefined) break;
  }
  return first;
}

async function* once(data: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(data);
}
