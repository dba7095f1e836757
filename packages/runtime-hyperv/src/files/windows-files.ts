import { randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, type Cancellable, type ContainerTarget, type HostFiles, type PathStat, type WriteOptions } from '@caisson/core';
import { openVmCompute } from '../hcs/vmcompute.js';
import { parseIsolation } from '../host/isolation.js';
import { helperCommand } from '../host/places.js';
import { windowsHost } from '../host/windows-host.js';
import { LayerService } from '../layers/layer-service.js';
import type { FilesStat } from '../layers/work/layer-request.js';
import { layerWork } from '../layers/work/layer-work.js';
import type { HypervOptions } from '../options.js';
import { ensureScratch } from '../snapshot/ensure-scratch.js';
import type { WindowsSnapshotter } from '../snapshot/windows-snapshotter.js';

/**
 * The files of containers, each time by a child that alone has the privileges for it: of a container that does not run on its layer, mounted
 * for that time; of one that runs with process isolation on the volume that it has. Folders and pipes that are mapped into a container are
 * not seen, as with docker. The caller sees to it that nobody starts or removes the container meanwhile.
 */
export class WindowsFiles implements HostFiles {
  readonly #snapshotter: WindowsSnapshotter;
  readonly #options: HypervOptions;

  constructor(snapshotter: WindowsSnapshotter, options: HypervOptions = {}) {
    this.#snapshotter = snapshotter;
    this.#options = options;
  }

  async stat(container: ContainerTarget, path: string, call: Cancellable = {}): Promise<PathStat> {
    return this.#mounted(container, async (volume) => pathStat(await this.#work({ ...this.#request(container, volume, path), action: 'stat' }, call)));
  }

  async read(container: ContainerTarget, path: string, call: Cancellable = {}): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }> {
    const folder = join(this.#snapshotter.root, 'work');
    const target = join(folder, `${randomBytes(16).toString('hex')}.tar`);
    mkdirSync(folder, { recursive: true });
    try {
      // Written whole first: the layer is mounted no longer than that takes, however slow the reader is.
      const stat = await this.#mounted(container, (volume) => this.#work({ ...this.#request(container, volume, path), action: 'read', target }, call));
      return { stat: pathStat(stat), tar: pieces(target) };
    } catch (error) {
      rmSync(target, { force: true });
      throw error;
    }
  }

  async write(container: ContainerTarget, path: string, tar: AsyncIterable<Uint8Array>, { keepTypes = false, signal }: WriteOptions = {}): Promise<void> {
    await this.#mounted(container, (volume) => this.#work({ ...this.#request(container, volume, path), action: 'write', keepTypes }, { ...(signal ? { signal } : {}), input: tar }));
  }

  #request({ name }: ContainerTarget, volume: string, path: string) {
    return { op: 'files', libraries: this.#options.libraries ?? {}, volume, path, container: name } as const;
  }

  #work: <R extends Parameters<typeof layerWork>[0]>(request: R, more: { readonly signal?: AbortSignal; readonly input?: AsyncIterable<Uint8Array> }) => ReturnType<typeof layerWork<R>> = (request, more) =>
    layerWork(request, { helper: this.#options.helper ?? helperCommand(), ...more });

  async #mounted<T>(container: ContainerTarget, use: (volume: string) => Promise<T>): Promise<T> {
    const layers = new LayerService(openVmCompute(this.#options.libraries));
    const stack = this.#snapshotter.stack(container.id);
    if (container.running) {
      this.#checkIsolation(container);
      return use(await layers.mountPath(stack.folder));
    }
    await ensureScratch(layers, stack, this.#options.scratchSize);
    // A process that was killed may have left it mounted.
    await layers.unmount(stack.folder);
    const volume = await layers.mount(stack);
    try {
      return await use(volume);
    } finally {
      await layers.unmount(stack.folder);
    }
  }

  /** @throws CaissonError `unsupported` */
  #checkIsolation({ name, isolation }: ContainerTarget): void {
    if (parseIsolation(isolation, this.#options.host ?? windowsHost()) === 'process') return;
    throw new CaissonError('unsupported', `files of container ${name} cannot be reached while it runs: with Hyper-V isolation only its utility VM sees them`, { hint: `stop it first: caisson stop ${name}; or mount a folder of the host into it` });
  }
}

function pathStat({ modified, ...stat }: FilesStat): PathStat {
  return { ...stat, modified: new Date(modified) };
}

/** Whoever does not read it leaves nothing behind: it has no name any more where Windows lets it be removed while it is open. */
function pieces(path: string): AsyncIterable<Uint8Array> {
  const fd = openSync(path, 'r');
  const remove = () => rmSync(path, { force: true });
  try {
    remove();
  } catch {
    // It is removed when it has been read.
  }
  return (async function* () {
    try {
      yield* createReadStream(path, { fd, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
    } finally {
      remove();
    }
  })();
}
