import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError } from '../../../errors.js';
import { rawPath } from '../../../layers/raw-path.js';
import type { Cancellable, PathStat, WriteOptions } from '../../engine.js';
import type { ContainerTarget, EngineParts, OpenedRoot, OverMount, RuntimeParts } from '../../parts.js';
import { containerFolder } from '../create.js';
import type { Lifecycle } from '../lifecycle.js';
import type { ContainerRecord } from '../record.js';
import { isRunning } from './is-running.js';
import { isKernels, kernelsOwn } from './kernel-files.js';
import { extractInto } from './extract.js';
import { ownChanges } from './mount-points.js';
import { RootView, statOf } from './root-view.js';
import { TreeArchive } from './write-tree.js';

/**
 * The files of containers, from outside: of one that runs as its processes see them, of another as they would be if it did, with its volumes
 * and binds. Whatever the container does meanwhile, nothing outside of what it has itself is read or written.
 */
export class ContainerFiles {
  readonly #parts: EngineParts;
  readonly #lifecycle: Lifecycle;

  constructor(parts: EngineParts, lifecycle: Lifecycle) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
  }

  async stat(record: ContainerRecord, path: string): Promise<PathStat> {
    const host = await this.#parts.runtime();
    const { files } = host;
    if (files) return this.#byHost(record, (target) => files.stat(target, path));
    using root = await this.#toRead(host, record);
    using view = new RootView(root.path);
    return statOf(view, absolute(path), record.name).stat;
  }

  /** Both come from one look, so that they belong together. */
  async read(record: ContainerRecord, path: string, { signal }: Cancellable = {}): Promise<{ stat: PathStat; tar: AsyncIterable<Uint8Array> }> {
    const host = await this.#parts.runtime();
    const { files } = host;
    if (files) return this.#byHost(record, (target) => files.read(target, path, signal ? { signal } : {}), signal);
    const root = await this.#toRead(host, record);
    const view = new RootView(root.path);
    const close = (): void => {
      view[Symbol.dispose]();
      root[Symbol.dispose]();
    };
    try {
      const { found, stat } = statOf(view, absolute(path), record.name);
      if (!found.stat.isSymbolicLink() && isKernels(found.location)) throw kernelsOwn(path, `read it in the container: caisson exec ${record.name} cat ${path}`);
      const start = { location: `${found.folder.base}/${found.name === '' ? '.' : found.name}`, stat: found.stat, name: rawPath(stat.name) };
      return { stat, tar: closing(new TreeArchive({ syscalls: host.syscalls(), signal, ...(root.firstIds ? { firstIds: root.firstIds } : {}) }).bytes(start), close) };
    } catch (error) {
      close();
      throw error;
    }
  }

  async write(record: ContainerRecord, path: string, tar: AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<void> {
    const host = await this.#parts.runtime();
    const { files } = host;
    if (files) return this.#byHost(record, (target) => files.write(target, path, tar, options), options.signal);
    const into = async (root: OpenedRoot): Promise<void> => {
      using view = new RootView(root.path);
      const folder = view.folder(rawPath(absolute(path)));
      if (!folder) {
        const there = view.follow(rawPath(absolute(path)));
        throw there ? new CaissonError('invalid-argument', `${path} in container ${record.name} is no folder`) : new CaissonError('not-found', `there is no folder ${path} in container ${record.name}`);
      }
      await extractInto(tar, { ...options, root: root.path, ...(root.firstIds ? { firstIds: root.firstIds } : {}), folder: folder.path, view, syscalls: host.syscalls() });
    };
    if (isRunning(record)) {
      using root = await this.#ofRunning(host, record);
      return into(root);
    }
    // Nothing may start on a tree that is being written to from outside.
    await this.#lifecycle.locked(record.id, async (now) => {
      using root = isRunning(now) ? await this.#ofRunning(host, now) : await host.roots.ofSnapshot(now.id, { access: 'write', over: this.#over(now), ...(now.options.readonlyRootfs ? { readOnlyRoot: true } : {}) });
      await into(root);
    }, options.signal ? { signal: options.signal } : {});
  }

  /** Without volumes: what is mounted on a folder does not show. */
  async *export(record: ContainerRecord, { signal }: Cancellable = {}): AsyncGenerator<Uint8Array, void> {
    const host = await this.#parts.runtime();
    if (host.files) throw new CaissonError('unsupported', 'the files of a Windows container are no tree that could be exported', { hint: `make an image of it: caisson commit ${record.name} NAME, and caisson save NAME` });
    using root = await host.roots.ofSnapshot(record.id, { access: 'read' });
    const stat = lstatSync(`${root.path}/.`, { bigint: true });
    yield* new TreeArchive({ syscalls: host.syscalls(), signal }).bytes({ location: `${root.path}/.`, stat, name: '' });
  }

  async changes(record: ContainerRecord): Promise<ReturnType<typeof ownChanges>> {
    const host = await this.#parts.runtime();
    return ownChanges(await host.differ.changes(record.id), record);
  }

  #byHost<T>(record: ContainerRecord, use: (target: ContainerTarget) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const body = ({ id, name, status, options: { isolation } }: ContainerRecord) => use({ id, name, running: isRunning({ status }), ...(isolation === undefined ? {} : { isolation }) });
    return this.#lifecycle.locked(record.id, body, signal ? { signal } : {});
  }

  async #toRead(host: RuntimeParts, record: ContainerRecord): Promise<OpenedRoot> {
    if (isRunning(record)) return this.#ofRunning(host, record);
    return host.roots.ofSnapshot(record.id, { access: 'read', over: this.#over(record) });
  }

  async #ofRunning(host: RuntimeParts, record: ContainerRecord): Promise<OpenedRoot> {
    const pid = async (): Promise<number> => (await host.runtime.state(record.id))?.pid ?? 0;
    const before = await pid();
    if (before === 0) throw new CaissonError('in-use', `container ${record.name} ended just now`, { hint: 'try again' });
    const root = host.roots.ofProcess(before);
    // The number could have become another process's before it was opened, but not since.
    if ((await pid()) === before) return root;
    root[Symbol.dispose]();
    throw new CaissonError('in-use', `container ${record.name} ended just now`, { hint: 'try again' });
  }

  /** Volumes, binds, and the files that were last put over the image's own. */
  #over(record: ContainerRecord): OverMount[] {
    const taken = new Set(record.mounts.map(({ destination }) => destination));
    const own = ['hostname', 'hosts', 'resolv.conf'].flatMap((name) => {
      const source = join(containerFolder(this.#parts, record.id), name);
      return taken.has(`/etc/${name}`) || !existsSync(source) ? [] : [{ source, destination: `/etc/${name}`, readOnly: false }];
    });
    const asked = record.mounts.filter(({ kind }) => kind !== 'tmpfs').map(({ source, destination, options }) => ({ source, destination, readOnly: options.includes('ro') }));
    return [...asked, ...own];
  }
}

function absolute(path: string): string {
  if (path.includes('\0')) throw new CaissonError('invalid-argument', 'a path contains a NUL byte');
  if (path === '') throw new CaissonError('invalid-argument', 'a path in a container is empty');
  return path.startsWith('/') ? path : `/${path}`;
}

async function* closing(bytes: AsyncIterable<Uint8Array>, close: () => void): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes;
  } finally {
    close();
  }
}
