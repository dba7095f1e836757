import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { CaissonError, LayerTree, mediaTypes, rawPath, type ContainerMount } from '@caisson/core';
import { planCopy, type CopySource } from '../copy/copy-plan.js';
import type { Execution, StackedLayer } from '../host.js';
import type { StepContext } from '../session.js';
import { layerFor } from '../steps/copy-step.js';
import { openCache } from './cache-mounts.js';
import type { ExecMount, ExecSpec } from './exec-spec.js';
import { agentSocket, readSecret } from './secrets.js';
import { holdSnapshot } from './snapshot-mount.js';
import { unpackStack } from './unpack-stack.js';
import { Disposables } from './disposables.js';

/** What a step's mounts come to; disposing gives everything back. */
export interface PreparedMounts extends AsyncDisposable {
  readonly mounts: readonly ContainerMount[];
  readonly env: readonly string[];
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

/** Makes ready what RUN's `--mount`s ask for. @throws CaissonError `not-found` for a source, secret or agent that is missing */
export async function prepareMounts(context: StepContext, execution: Execution, id: string, spec: ExecSpec): Promise<PreparedMounts> {
  const preparing = new Preparing(context, execution, id);
  try {
    for (const mount of spec.mounts) await preparing.add(mount);
    return preparing;
  } catch (error) {
    await preparing[Symbol.asyncDispose]();
    throw error;
  }
}

class Preparing implements PreparedMounts {
  readonly mounts: ContainerMount[] = [];
  readonly env: string[] = [];
  readonly secrets: string[] = [];
  readonly #context: StepContext;
  readonly #execution: Execution;
  readonly #id: string;
  readonly #stack = new Disposables();
  #private: string | undefined;
  #agents = 0;
  #snapshots = 0;

  constructor(context: StepContext, execution: Execution, id: string) {
    this.#context = context;
    this.#execution = execution;
    this.#id = id;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  async add(mount: ExecMount): Promise<void> {
    const { session } = this.#context;
    switch (mount.kind) {
      case 'stage':
        return this.#bind(mount.target, await this.#snapshot(mount.layers, mount.source, mount.readonly), mount.readonly);
      case 'context':
        return this.#bind(mount.target, await this.#snapshot(await this.#asLayer(mount.files), mount.source, mount.readonly), mount.readonly);
      case 'cache': {
        const seed = mount.seed;
        const cache = await openCache(session, mount, async () => (seed ? this.#snapshot(seed.layers, seed.source, true) : ''));
        this.#stack.use(cache);
        return this.#bind(mount.target, cache.path, mount.readonly);
      }
      case 'tmpfs': {
        const size = mount.size === undefined ? [] : [`size=${mount.size}`];
        this.mounts.push({ type: 'tmpfs', source: 'tmpfs', destination: mount.target, options: ['nosuid', 'nodev', 'mode=1777', ...size] });
        return;
      }
      case 'secret': {
        const value = await readSecret(session, mount);
        if (!value) return;
        this.secrets.push(value.toString('utf8').trim());
        if (mount.env !== undefined) this.env.push(`${mount.env}=${value.toString('utf8')}`);
        if (mount.target !== undefined) this.#bind(mount.target, this.#file(value, mount.mode, mount.uid, mount.gid), true);
        return;
      }
      case 'ssh': {
        const socket = await agentSocket(session, mount);
        if (socket === undefined) return;
        if (this.#agents++ === 0) this.env.push(`SSH_AUTH_SOCK=${mount.target}`);
        return this.#bind(mount.target, socket, false);
      }
      case 'script':
        return this.#bind(mount.target, this.#file(Buffer.from(mount.text), 0o755, 0, 0), true);
    }
  }

  #bind(destination: string, source: string, readonly: boolean): void {
    this.mounts.push({ type: 'bind', source, destination, options: ['rbind', 'rprivate', readonly ? 'ro' : 'rw'] });
  }

  /** A file that only this step sees, in memory where the host has such a place. */
  #file(content: Uint8Array, mode: number, uid: number, gid: number): string {
    if (!this.#private) {
      const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'caisson-'));
      this.#private = folder;
      this.#stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    }
    const path = join(this.#private, String(this.mounts.length));
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    chownSync(path, uid, gid);
    chmodSync(path, mode);
    return path;
  }

  /** A path in the mounted root file system of these layers. */
  async #snapshot(layers: readonly StackedLayer[], source: string, readonly: boolean): Promise<string> {
    const chain = await unpackStack(this.#context.session, layers);
    if (chain === undefined) return this.#empty();
    const held = await holdSnapshot(this.#execution, `${this.#id}-mount-${this.#snapshots++}`, chain, readonly);
    this.#stack.use(held);
    const found = resolveInside(await this.#context.session.layers.tree(layers.map((layer) => layer.diffId), this.#context.session.signal), held.path, source);
    if (found === undefined) throw new CaissonError('not-found', `there is no ${JSON.stringify(source)} to mount`);
    return found;
  }

  #empty(): string {
    const folder = join(this.#context.session.scratch, `${this.#id}-empty-${this.#snapshots++}`);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    return folder;
  }

  /** The context's files as a layer: without what is left out, and safe from what the step does to them. */
  async #asLayer(files: CopySource): Promise<StackedLayer[]> {
    const { session } = this.#context;
    const plan = planCopy(LayerTree.empty, [files], [], { destination: '/', time: session.dates.files, intoFolder: true });
    const { layer } = await layerFor(this.#context, plan.entries());
    if (!layer) return [];
    const made = { diffId: layer.diffId, descriptor: { mediaType: mediaTypes.layerTar, digest: layer.diffId, size: layer.size } };
    session.layers.add([made]);
    return [made];
  }
}

/** Links in the source are followed within the tree, as its layers tell, so that none can lead to the host's files. */
function resolveInside(tree: LayerTree, root: string, source: string): string | undefined {
  const entry = tree.lookup(rawPath(source));
  if (!entry) return undefined;
  const path = join(root, Buffer.from(entry.path, 'latin1').toString('utf8'));
  if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
  const real = realpathSync(path);
  return real === realpathSync(root) || real.startsWith(realpathSync(root) + sep) ? real : undefined;
}

