import { randomBytes } from 'node:crypto';
import { CaissonError, isCaissonError } from '../../errors.js';
import { describePlatform, formatPlatform, hostPlatform, type Platform } from '../../model/platform.js';
import type { AttachOptions, ExecOptions, ExitStatus, Process, ProcessTable, Resources, Runtime, TerminalSize } from '../../runtime/runtime.js';
import { piped } from '../../archive/piped.js';
import { isTaken } from '../../state/database.js';
import { bootId } from '../../state/process-identity.js';
import type { Cancellable, Containers, ContainerStats, ExecRequest, CommitOptions, LogEntry, LogOptions, PathStat, PruneOptions, WaitCondition, WriteOptions } from '../engine.js';
import type { Change } from '../../layers/diff/changes.js';
import type { ImageRecord } from '../../content/image-store.js';
import type { EventLog } from '../events.js';
import type { LocalImages } from '../images/local-images.js';
import type { EngineParts } from '../parts.js';
import type { LocalVolumes } from '../volumes/local-volumes.js';
import { createContainer } from './create.js';
import { execEnded, tellOfExec, tellOfExecsEnd } from './exec-events.js';
import type { ContainerFiles } from './fs/container-files.js';
import { containerSize, pruneContainers } from './fs/usage.js';
import { eventAttributes, type Lifecycle } from './lifecycle.js';
import { containerLogs } from './logs.js';
import { checkName } from './names.js';
import type { ContainerOptions, RestartPolicy } from './options.js';
import type { ContainerRecord } from './record.js';
import { warningsOf } from './warnings.js';
import { readStats } from './stats.js';
import { updateContainer } from './update.js';
import { exitBeforeRemoval, waitForEvent } from './wait.js';

/** Containers of the local engine. */
export class LocalContainers implements Containers {
  readonly #parts: EngineParts;
  readonly #images: LocalImages;
  readonly #volumes: LocalVolumes;
  readonly #events: EventLog;
  readonly #lifecycle: Lifecycle;
  #opened: Promise<ContainerFiles> | undefined;

  constructor(parts: EngineParts, images: LocalImages, volumes: LocalVolumes, events: EventLog, lifecycle: Lifecycle) {
    this.#parts = parts;
    this.#images = images;
    this.#volumes = volumes;
    this.#events = events;
    this.#lifecycle = lifecycle;
  }

  async create(options: ContainerOptions, { signal }: Cancellable = {}): Promise<ContainerRecord> {
    const call = signal ? { signal } : {};
    if (options.name !== undefined) checkName('container', options.name);
    const host = await this.#parts.runtime();
    const image = await this.#images.ensure(options.image, { pull: options.pull ?? 'missing', ...(options.platform ? { platform: options.platform } : {}), ...call });
    checkOs(options.image, image.config);
    await checkIsolation(host.runtime, options.isolation);
    const parent = await this.#images.unpack(image, call);
    const record = await createContainer(this.#parts, host, this.#volumes, { options, image, parent });
    this.#events.record('container', 'create', record.id, eventAttributes(record));
    const warnings = await warningsOf(host.runtime, options);
    return warnings.length > 0 ? { ...record, warnings } : record;
  }

  async start(nameOrId: string, call: Cancellable = {}): Promise<void> {
    await this.#lifecycle.start(this.#find(nameOrId).id, call);
  }

  /** Starts with a client attached from before the first instruction. */
  async startAttached(nameOrId: string, attach: AttachOptions): Promise<Process> {
    const client = await this.#lifecycle.start(this.#find(nameOrId).id, { attach });
    if (!client) throw new CaissonError('internal', 'the container was started without its client');
    return client;
  }

  /** After an exit: clean-up, removal or restart, as the container's options say. Safe to repeat. */
  finish(id: string): Promise<void> {
    return this.#lifecycle.finish(id);
  }

  async list({ all = false, size = false }: { all?: boolean; size?: boolean } = {}): Promise<readonly ContainerRecord[]> {
    const records: ContainerRecord[] = [];
    for (const record of this.#lifecycle.table.list()) {
      let now: ContainerRecord | undefined = await this.#lifecycle.refresh(record);
      if (isLeftOver(now)) {
        await this.#lifecycle.finish(now.id).catch(() => {}); // why it cannot be started is in its record
        now = this.#lifecycle.table.byId(record.id);
      } else if (isOfBefore(now)) {
        this.#lifecycle.table.change(now.id, { boot: bootId() });
        await this.#lifecycle.start(now.id).catch(() => {}); // likewise
        now = this.#lifecycle.table.byId(record.id);
      } else if (now.status !== record.status && !this.#lifecycle.table.byId(record.id)) now = undefined; // it was to be removed at its end
      if (now) records.push(now);
    }
    const shown = all ? records : records.filter(({ status, state }) => status === 'running' || status === 'paused' || state.restartAt !== undefined);
    return size ? Promise.all(shown.map(async (record) => ({ ...record, size: await this.size(record.id) }))) : shown;
  }

  async get(nameOrId: string): Promise<ContainerRecord> {
    return this.#lifecycle.refresh(this.#find(nameOrId));
  }

  async attach(nameOrId: string, options: AttachOptions): Promise<Process> {
    const record = await this.get(nameOrId);
    const waits = record.status !== 'running' && record.status !== 'paused';
    const process = await (waits ? this.#lifecycle.early.add(record, options) : (await this.#parts.runtime()).runtime.attach(record.id, options));
    this.#events.record('container', 'attach', record.id, eventAttributes(record));
    return process;
  }

  async exec(nameOrId: string, request: ExecRequest, options: ExecOptions): Promise<Process> {
    const record = await this.#running(nameOrId, 'run a command in');
    if (record.status === 'paused') throw new CaissonError('in-use', `container ${record.name} is paused`, { hint: `caisson unpause ${record.name}` });
    const { runtime } = await this.#parts.runtime();
    const { execId = randomBytes(32).toString('hex'), ...asked } = request;
    if (asked.cwd !== undefined && asked.cwd !== '' && record.osVersion === undefined && !asked.cwd.startsWith('/')) throw new CaissonError('invalid-argument', `the working directory ${JSON.stringify(asked.cwd)} is not an absolute path`, { details: { exitCode: 126 } });
    const env = [...record.process.env.filter((entry) => asked.terminal || !entry.startsWith('TERM=')), ...(asked.env ?? [])];
    // Nobody may be there to see the end of one that is left to itself, but for its monitor.
    const exitCommand = options.stdio === 'none' && !this.#parts.resident ? this.#parts.exitCommand(record.id, execId) : undefined;
    tellOfExec(this.#events, record, execId, asked.args);
    const process = await runtime.exec(record.id, { ...record.process, terminal: false, stdin: false, ...asked, env }, { ...options, ...(exitCommand ? { exitCommand } : {}) });
    if (!exitCommand) tellOfExecsEnd(this.#events, record.id, execId, process);
    return process;
  }

  /** What the exit command of an exec calls. */
  execEnded(id: string, execId: string, code: number): void {
    execEnded(this.#events, id, execId, code);
  }

  async wait(nameOrId: string, { condition = 'not-running', ...call }: Cancellable & { condition?: WaitCondition } = {}): Promise<ExitStatus> {
    const seen = this.#events.position();
    const record = this.#find(nameOrId);
    if (condition !== 'not-running') return waitForEvent(this.#events, this.#lifecycle, record, condition, { ...call, seen });
    return this.#lifecycle.wait(record.id, call).catch((error: unknown) => exitBeforeRemoval(this.#events, record.id, error));
  }

  async resize(nameOrId: string, size: TerminalSize): Promise<void> {
    const record = await this.#running(nameOrId, 'resize the terminal of');
    await (await this.#parts.runtime()).runtime.resize(record.id, size);
    this.#events.record('container', 'resize', record.id, { ...eventAttributes(record), height: String(size.rows), width: String(size.columns) });
  }

  async *stats(nameOrId: string, { stream = false, signal }: Cancellable & { stream?: boolean } = {}): AsyncGenerator<ContainerStats, void> {
    const record = await this.#running(nameOrId, 'measure');
    yield* readStats((await this.#parts.runtime()).runtime, record, { stream, signal });
  }

  async top(nameOrId: string, psOptions: readonly string[] = []): Promise<ProcessTable> {
    const record = await this.#running(nameOrId, 'list the processes of');
    return (await this.#parts.runtime()).runtime.processTable(record.id, psOptions);
  }

  async update(nameOrId: string, changes: { readonly resources?: Resources; readonly restart?: RestartPolicy }): Promise<readonly string[]> {
    return updateContainer(await this.#parts.runtime(), this.#lifecycle, this.#events, this.#find(nameOrId).id, changes);
  }

  async changes(nameOrId: string): Promise<readonly Change[]> {
    return (await (await this.#files()).changes(this.#find(nameOrId))).kept;
  }

  async size(nameOrId: string): Promise<{ readonly written: number; readonly total: number }> {
    return containerSize((await this.#parts.runtime()).snapshotter, this.#find(nameOrId).id);
  }

  async *export(nameOrId: string, call: Cancellable = {}): AsyncGenerator<Uint8Array, void> {
    const record = this.#find(nameOrId);
    const files = await this.#files();
    const [{ containerSource }, { rootfsSink }, { copy }] = await Promise.all([import('./fs/commit-container.js'), import('../images/rootfs-sink.js'), import('../../transfer/copy.js')]);
    yield* piped(async (write, signal) => {
      await copy(containerSource(this.#parts, files, record), rootfsSink(this.#parts, { write }), { signal });
    }, call.signal);
    this.#events.record('container', 'export', record.id, eventAttributes(record));
  }

  async stat(nameOrId: string, path: string): Promise<PathStat> {
    return (await this.#files()).stat(await this.get(nameOrId), path);
  }

  async read(nameOrId: string, path: string, call: Cancellable = {}): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }> {
    const record = await this.get(nameOrId);
    const result = await (await this.#files()).read(record, path, call);
    this.#events.record('container', 'archive-path', record.id, eventAttributes(record));
    return result;
  }

  async write(nameOrId: string, path: string, tar: AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<void> {
    const record = await this.get(nameOrId);
    await (await this.#files()).write(record, path, tar, options);
    this.#events.record('container', 'extract-to-dir', record.id, eventAttributes(record));
  }

  async commit(nameOrId: string, options: CommitOptions = {}): Promise<ImageRecord> {
    const record = await this.get(nameOrId);
    const { commitContainer } = await import('./fs/commit-container.js');
    const image = await commitContainer(this.#parts, await this.#files(), record, options);
    this.#events.record('container', 'commit', record.id, { ...eventAttributes(record), imageID: image.id });
    return image;
  }

  async prune(options: PruneOptions = {}): Promise<{ readonly containers: readonly string[]; readonly bytes: number }> {
    const pruned = await pruneContainers(this.#parts, this, options);
    this.#events.recordPrune('container', pruned.bytes);
    return pruned;
  }

  async kill(nameOrId: string, signal: string | number = 'SIGKILL'): Promise<void> {
    const record = await this.#running(nameOrId, 'kill');
    if (endsIt(signal)) this.#lifecycle.table.update(record.id, 'running', { stopRequested: true });
    await (await this.#parts.runtime()).runtime.kill(record.id, signal);
    this.#events.record('container', 'kill', record.id, { ...eventAttributes(record), signal: String(signal) });
  }

  async stop(nameOrId: string, { timeout, signal, signalName }: Cancellable & { timeout?: number; signalName?: string } = {}): Promise<void> {
    const { id } = this.#find(nameOrId);
    // A start that is under way, of a restart policy too, comes to its end first, and would not know of this.
    await this.#lifecycle.locked(id, async () => this.#lifecycle.table.change(id, { stopRequested: true, restartAt: undefined }), signal ? { signal } : {});
    const record = await this.get(id);
    if (record.status === 'running' || record.status === 'paused') {
      await this.#end(record, signalName ?? record.stopSignal, timeout ?? record.options.stopTimeout ?? 10, signal);
      this.#events.record('container', 'stop', record.id, eventAttributes(record));
    }
  }

  async #end(record: ContainerRecord, signalName: string, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const { runtime } = await this.#parts.runtime();
    const patience = new AbortController();
    const ended = runtime.wait(record.id, { signal: patience.signal });
    const timer = timeout < 0 ? undefined : setTimeout(() => void killNow(), timeout * 1000);
    const killNow = () => runtime.kill(record.id, 'SIGKILL').catch(() => {}); // it has gone by itself
    const cancel = () => patience.abort(signal?.reason);
    signal?.addEventListener('abort', cancel);
    try {
      if (record.status === 'paused') await runtime.unpause(record.id);
      await runtime.kill(record.id, signalName).catch((error: unknown) => {
        if (!isCaissonError(error, 'in-use', 'not-found')) throw error;
      });
      // Whoever saw the exit first may have given the runtime's part back by now.
      await ended.catch((error: unknown) => {
        if (!isCaissonError(error, 'not-found')) throw error;
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      patience.abort();
      await ended.catch(() => {});
    }
    await this.#lifecycle.finish(record.id);
  }

  async restart(nameOrId: string, options: Cancellable & { timeout?: number } = {}): Promise<void> {
    await this.stop(nameOrId, options);
    const record = this.#find(nameOrId);
    await this.#lifecycle.start(record.id, options);
    this.#events.record('container', 'restart', record.id, eventAttributes(record));
  }

  async pause(nameOrId: string): Promise<void> {
    await this.#freeze(nameOrId, 'pause', 'paused');
  }

  async unpause(nameOrId: string): Promise<void> {
    await this.#freeze(nameOrId, 'unpause', 'running');
  }

  async #freeze(nameOrId: string, action: 'pause' | 'unpause', status: 'paused' | 'running'): Promise<void> {
    const { id } = await this.#running(nameOrId, action);
    const { runtime } = await this.#parts.runtime();
    await this.#lifecycle.locked(id, async (record) => {
      if (record.status === status) throw new CaissonError('in-use', `container ${record.name} is ${status === 'paused' ? 'already' : 'not'} paused`);
      await runtime[action](id);
      this.#lifecycle.table.update(id, status, {});
      this.#events.record('container', action, id, eventAttributes(record));
    });
  }

  async rename(nameOrId: string, name: string): Promise<void> {
    const record = this.#find(nameOrId);
    checkName('container', name);
    if (name === record.name) throw new CaissonError('invalid-argument', `container ${name} has this name already`);
    try {
      this.#lifecycle.table.rename(record.id, name);
    } catch (error) {
      if (!isTaken(error)) throw error;
      const holder = this.#find(name);
      throw new CaissonError('in-use', `the name ${name} is already in use by container ${holder.id.slice(0, 12)} (${holder.image.name}, ${holder.status})`);
    }
    await this.#lifecycle.renamed(record.id, record.name);
    this.#events.record('container', 'rename', record.id, { ...eventAttributes(record), oldName: record.name, name });
  }

  async remove(nameOrId: string, options: { force?: boolean; volumes?: boolean } = {}): Promise<void> {
    await this.#lifecycle.remove(this.#find(nameOrId).id, options);
  }

  logs(nameOrId: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    return containerLogs(this.#parts, this.#lifecycle, this.#find(nameOrId), options);
  }

  /** The code for files is loaded when somebody asks for some. */
  #files(): Promise<ContainerFiles> {
    return (this.#opened ??= import('./fs/container-files.js').then(({ ContainerFiles: Files }) => new Files(this.#parts, this.#lifecycle)));
  }

  #find(nameOrId: string): ContainerRecord {
    return this.#lifecycle.table.find(nameOrId);
  }

  async #running(nameOrId: string, doing: string): Promise<ContainerRecord> {
    const record = await this.get(nameOrId);
    if (record.status === 'running' || record.status === 'paused') return record;
    throw new CaissonError('in-use', `cannot ${doing} container ${record.name}: it is not running`, { hint: `caisson start ${record.name}`, details: { status: record.status } });
  }
}

/** A container whose exit hook must have been killed, or whose machine was started anew: hooks take well under a second. */
function isLeftOver({ status, state }: ContainerRecord): boolean {
  return status === 'exited' && state.unfinished && Date.now() - Date.parse(state.restartAt ?? state.finishedAt ?? '') > 10_000;
}

/** Stopped by hand, and to run again from the next start of the machine on, which has been: docker's meaning of `always`. */
function isOfBefore({ status, state, options }: ContainerRecord): boolean {
  return options.restart?.name === 'always' && status === 'exited' && state.stopRequested && state.boot !== undefined && state.boot !== bootId();
}

/** Signals after which a restart policy would only be in the way. */
function endsIt(signal: string | number): boolean {
  return ['KILL', 'TERM', 'INT', 'QUIT', '9', '15', '2', '3'].includes(String(signal).toUpperCase().replace(/^SIG/, ''));
}

/** @throws CaissonError `unsupported` for an isolation that the backend does not have */
async function checkIsolation(runtime: Runtime, wanted = 'default'): Promise<void> {
  if (wanted === 'default' || wanted === '') return;
  const { isolation } = await runtime.capabilities();
  if (isolation.some((known) => known === wanted)) return;
  throw new CaissonError('unsupported', `the backend ${runtime.name} has no isolation ${JSON.stringify(wanted)} on this host, only ${isolation.join(', ')}`);
}

/** @throws CaissonError `unsupported` for an image of another operating system */
function checkOs(name: string, image: Platform): void {
  const { os } = hostPlatform();
  if (image.os === os) return;
  throw new CaissonError('unsupported', `${name} is an image for ${describePlatform(image)}, and containers of this host are of ${os}`, {
    ...(image.os === 'linux' ? { hint: `run it with --platform ${formatPlatform(image)}: WSL or an engine that runs Linux containers is then asked` } : {}),
  });
}
