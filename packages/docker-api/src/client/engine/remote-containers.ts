import {
  CaissonError,
  familiarRepository,
  isCaissonError,
  type AttachOptions,
  type Cancellable,
  type Change,
  type CommitOptions,
  type ContainerOptions,
  type ContainerRecord,
  type Containers,
  type ContainerStats,
  type ContainerSummary,
  type ExecOptions,
  type ExecRequest,
  type ExitStatus,
  type ImageRecord,
  type LogEntry,
  type LogOptions,
  type PathStat,
  type Process,
  type ProcessTable,
  type PruneOptions,
  type Resources,
  type RestartPolicy,
  type TerminalSize,
  type WaitCondition,
  type WriteOptions,
} from '@caisson/core';
import { decodeContainer, decodeContainerSummary } from '../../decode/container.js';
import { decodeStats } from '../../decode/stats.js';
import { posixMode } from '../../encode/file-mode.js';
import type * as api from '../../types/container.js';
import type { IdResponse } from '../../types/exec.js';
import type { StatsResponse } from '../../types/stats.js';
import { compareVersions, type ApiClient } from '../api-client.js';
import { jsonLines } from '../streams/json-lines.js';
import { logEntries } from '../streams/log-entries.js';
import { changesOf } from './commit-changes.js';
import { attachmentSettings, createBody, createQuery, resourcesBody } from './create-body.js';
import { pruneFilters } from './prune-filters.js';
import type { RemoteImages } from './remote-images.js';
import { exitOf, RemoteProcesses } from './remote-processes.js';

/** Containers of a remote host. */
export class RemoteContainers implements Containers {
  readonly #client: ApiClient;
  readonly #images: RemoteImages;
  readonly #processes: RemoteProcesses;

  constructor(client: ApiClient, images: RemoteImages) {
    this.#client = client;
    this.#images = images;
    this.#processes = new RemoteProcesses(client, (id) => this.wait(id));
  }

  async create(options: ContainerOptions, { signal }: Cancellable = {}): Promise<ContainerRecord> {
    const call = signal ? { signal } : {};
    const { pull = 'missing', platform } = options;
    const get = () => this.#images.pull(options.image, { ...call, ...(platform ? { platform } : {}) });
    if (pull === 'always') await get();
    const { version } = await this.#client.handshake(signal);
    // Until API 1.44 a container is made in one network and joined to the others.
    const later = compareVersions(version, '1.44') < 0 ? (options.furtherNetworks ?? []) : [];
    const { furtherNetworks: _, ...alone } = options;
    const create = () => this.#client.call<api.ContainerCreateResponse>({ method: 'POST', path: '/containers/create', query: createQuery(options), body: createBody(later.length > 0 ? alone : options), ...call });
    const { Id } = await create().catch(async (error: unknown) => {
      if (pull === 'never' || !isCaissonError(error, 'not-found') || !/image/i.test(error.message)) throw error;
      await get();
      return create();
    });
    for (const { network, ...rest } of later) await this.#client.call({ method: 'POST', path: `/networks/${encodeURIComponent(network)}/connect`, body: { Container: Id, EndpointConfig: attachmentSettings(rest) }, ...call });
    return this.get(Id);
  }

  async start(nameOrId: string, { signal }: Cancellable = {}): Promise<void> {
    await this.#post(nameOrId, 'start', {}, signal);
  }

  async list({ all, size }: { all?: boolean; size?: boolean } = {}): Promise<readonly ContainerSummary[]> {
    return (await this.#client.call<api.ContainerSummary[]>({ path: '/containers/json', query: { all, size } })).map(decodeContainerSummary);
  }

  async get(nameOrId: string): Promise<ContainerRecord> {
    return decodeContainer(await this.#client.call<api.ContainerInspect>({ path: `${path(nameOrId)}/json` }));
  }

  attach(nameOrId: string, options: AttachOptions): Promise<Process> {
    return this.#processes.attach(nameOrId, options);
  }

  /** Attaches, then starts it; the process's exit is that of this run. */
  async startAttached(nameOrId: string, options: AttachOptions): Promise<Process> {
    const record = await this.get(nameOrId);
    return this.#processes.startAttached(record.id, { ...options, autoRemove: record.options.autoRemove ?? false });
  }

  exec(nameOrId: string, request: ExecRequest, options: ExecOptions): Promise<Process> {
    return this.#processes.exec(nameOrId, request, options);
  }

  async wait(nameOrId: string, { condition, signal }: Cancellable & { condition?: WaitCondition } = {}): Promise<ExitStatus> {
    const exit = exitOf(await this.#client.call<api.ContainerWaitResponse>({ method: 'POST', path: `${path(nameOrId)}/wait`, query: { condition }, ...(signal ? { signal } : {}) }));
    // Only what was killed can have been out of memory; what has been removed cannot be asked.
    const killed = exit.code === 137 && condition !== 'removed' ? await this.get(nameOrId).catch(() => undefined) : undefined;
    return { ...exit, oomKilled: killed?.state.oomKilled ?? false };
  }

  resize(nameOrId: string, size: TerminalSize): Promise<void> {
    return this.#processes.resize(path(nameOrId), size);
  }

  async kill(nameOrId: string, signal: string | number = 'SIGKILL'): Promise<void> {
    await this.#post(nameOrId, 'kill', { signal: String(signal) });
  }

  async stop(nameOrId: string, { timeout, signalName, signal }: Cancellable & { timeout?: number; signalName?: string } = {}): Promise<void> {
    if (signalName !== undefined && compareVersions((await this.#client.handshake(signal)).version, '1.42') < 0) throw new CaissonError('unsupported', 'this engine stops with the signal that the container was made with', { hint: `use kill -s ${signalName}` });
    await this.#post(nameOrId, 'stop', { t: timeout, signal: signalName }, signal);
  }

  async restart(nameOrId: string, { timeout, signal }: Cancellable & { timeout?: number } = {}): Promise<void> {
    await this.#post(nameOrId, 'restart', { t: timeout }, signal);
  }

  async pause(nameOrId: string): Promise<void> {
    await this.#post(nameOrId, 'pause');
  }

  async unpause(nameOrId: string): Promise<void> {
    await this.#post(nameOrId, 'unpause');
  }

  async rename(nameOrId: string, name: string): Promise<void> {
    await this.#post(nameOrId, 'rename', { name });
  }

  async remove(nameOrId: string, { force, volumes }: { force?: boolean; volumes?: boolean } = {}): Promise<void> {
    await this.#client.call({ method: 'DELETE', path: path(nameOrId), query: { force, v: volumes } });
  }

  async *logs(nameOrId: string, { follow, tail, since, until, signal }: LogOptions = {}): AsyncGenerator<LogEntry, void> {
    const seconds = (date: Date | undefined) => date && (date.getTime() / 1000).toFixed(3);
    const query = { stdout: true, stderr: true, timestamps: true, follow, tail: tail ?? 'all', since: seconds(since), until: seconds(until) };
    const answer = await this.#client.stream({ path: `${path(nameOrId)}/logs`, query, ...(signal ? { signal } : {}) });
    try {
      yield* logEntries(answer, !(await this.#processes.isTerminal(answer.headers['content-type'], nameOrId)));
    } catch (error) {
      if (!signal?.aborted) throw error;
    } finally {
      answer.destroy();
    }
  }

  async *stats(nameOrId: string, { stream = false, signal }: Cancellable & { stream?: boolean } = {}): AsyncGenerator<ContainerStats, void> {
    const answer = await this.#client.stream({ path: `${path(nameOrId)}/stats`, query: { stream: String(stream), 'one-shot': stream ? undefined : 'true' }, ...(signal ? { signal } : {}) });
    try {
      for await (const one of jsonLines<StatsResponse>(answer)) {
        // What has ended goes on with readings from the year 1.
        if (one.read.startsWith('0001-')) return;
        // podman leaves the ID out.
        yield { ...decodeStats(one), id: one.id || nameOrId };
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    } finally {
      answer.destroy();
    }
  }

  async top(nameOrId: string, psOptions: readonly string[] = []): Promise<ProcessTable> {
    const { Titles, Processes } = await this.#client.call<api.ContainerTopResponse>({ path: `${path(nameOrId)}/top`, query: { ps_args: psOptions.length > 0 ? psOptions.join(' ') : undefined } });
    return decodeTop(Titles, Processes ?? []);
  }

  async update(nameOrId: string, { resources = {}, restart }: { readonly resources?: Resources; readonly restart?: RestartPolicy }): Promise<readonly string[]> {
    const body = { ...resourcesBody(resources), ...(restart ? { RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetries ?? 0 } } : {}) };
    return (await this.#client.call<api.ContainerUpdateResponse>({ method: 'POST', path: `${path(nameOrId)}/update`, body })).Warnings ?? [];
  }

  async changes(nameOrId: string): Promise<readonly Change[]> {
    const kinds = ['changed', 'added', 'deleted'] as const;
    const found = (await this.#client.call<api.FilesystemChange[] | null>({ path: `${path(nameOrId)}/changes` })) ?? [];
    return found.map(({ Path, Kind }): Change => ({ path: Buffer.from(Path.replace(/^\//, ''), 'utf8').toString('latin1'), kind: kinds[Kind] })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async size(nameOrId: string): Promise<{ readonly written: number; readonly total: number }> {
    const { SizeRw = 0, SizeRootFs = 0 } = await this.#client.call<api.ContainerInspect>({ path: `${path(nameOrId)}/json`, query: { size: true } });
    return { written: SizeRw, total: SizeRootFs };
  }

  async *export(nameOrId: string, { signal }: Cancellable = {}): AsyncGenerator<Uint8Array, void> {
    yield* await this.#client.stream({ path: `${path(nameOrId)}/export`, ...(signal ? { signal } : {}) });
  }

  async stat(nameOrId: string, at: string): Promise<PathStat> {
    const answer = await this.#client.stream({ method: 'HEAD', path: `${path(nameOrId)}/archive`, query: { path: at } }).catch((error: unknown) => {
      // An answer to HEAD has no message.
      if (isCaissonError(error, 'not-found')) throw new CaissonError('not-found', `${at} is not in container ${nameOrId}, or there is no such container`, { cause: error });
      throw error;
    });
    answer.discard();
    return pathStat(answer.headers['x-docker-container-path-stat']);
  }

  async read(nameOrId: string, at: string, { signal }: Cancellable = {}): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }> {
    const answer = await this.#client.stream({ path: `${path(nameOrId)}/archive`, query: { path: at }, ...(signal ? { signal } : {}) });
    return { stat: pathStat(answer.headers['x-docker-container-path-stat']), tar: answer };
  }

  async write(nameOrId: string, at: string, tar: AsyncIterable<Uint8Array>, { keepTypes, keepOwners, signal }: WriteOptions = {}): Promise<void> {
    await this.#client.call({
      method: 'PUT',
      path: `${path(nameOrId)}/archive`,
      query: { path: at, noOverwriteDirNonDir: keepTypes, copyUIDGID: keepOwners },
      body: tar,
      headers: { 'Content-Type': 'application/x-tar' },
      ...(signal ? { signal } : {}),
    });
  }

  async commit(nameOrId: string, { name, message, author, changes = [], pause, config, signal }: CommitOptions = {}): Promise<ImageRecord> {
    const { Id } = await this.#client.call<IdResponse>({
      method: 'POST',
      path: '/commit',
      query: { container: nameOrId, repo: name && familiarRepository(name), tag: name && (name.tag ?? 'latest'), comment: message, author, pause: pause === false ? '0' : '1', changes: [...changesOf(config ?? {}), ...changes] },
      body: {},
      ...(signal ? { signal } : {}),
    });
    const { id, target, names, added } = await this.#images.get(Id);
    return { id, target, names, added };
  }

  async prune(options: PruneOptions = {}): Promise<{ readonly containers: readonly string[]; readonly bytes: number }> {
    const { ContainersDeleted, SpaceReclaimed } = await this.#client.call<api.ContainersPruneResponse>({ method: 'POST', path: '/containers/prune', query: { filters: pruneFilters(options) } });
    return { containers: ContainersDeleted ?? [], bytes: SpaceReclaimed };
  }

  async #post(nameOrId: string, action: string, query: Readonly<Record<string, string | number | undefined>> = {}, signal?: AbortSignal): Promise<void> {
    await this.#client.call({ method: 'POST', path: `${path(nameOrId)}/${action}`, query, ...(signal ? { signal } : {}) });
  }
}

function path(nameOrId: string): string {
  return `/containers/${encodeURIComponent(nameOrId)}`;
}

/** podman gives each line of a ps that it does not know as one cell. */
function decodeTop(titles: readonly string[], processes: readonly (readonly string[])[]): ProcessTable {
  const [whole = ''] = titles;
  if (titles.length !== 1 || !/\s/.test(whole.trim())) return { titles, processes };
  const columns = whole.trim().split(/\s+/);
  const cells = (line: string) => {
    const words = line.trim().split(/\s+/);
    return [...words.slice(0, columns.length - 1), words.slice(columns.length - 1).join(' ')];
  };
  return { titles: columns, processes: processes.map(([line = '']) => cells(line)) };
}

function pathStat(header: string | string[] | undefined): PathStat {
  try {
    const { name, size, mode, mtime, linkTarget } = JSON.parse(Buffer.from(String(header), 'base64').toString('utf8')) as api.ContainerPathStat;
    return { name, size, mode: posixMode(mode), modified: new Date(mtime), linkTarget: linkTarget ?? '' };
  } catch (cause) {
    throw new CaissonError('unavailable', "the engine's answer does not tell what is at the path", { cause });
  }
}
