import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { CaissonError, isCaissonError, type AttachOptions, type CallOptions, type ContainerSpec, type CreateOptions, type ExecOptions, type ExitStatus, type Process, type ProcessSpec, type ProcessTable, type Runtime, type RuntimeCapabilities, type RuntimeState, type RuntimeStats, type TerminalSize } from '@caisson/core';
import { ComputeContainer } from './container/compute-container.js';
import { ContainerFolder, type MonitorRecord } from './container/container-folder.js';
import { FailedExec } from './container/failed-exec.js';
import { findByPid } from './container/find-by-pid.js';
import { InheritedProcess } from './container/inherited-process.js';
import { OwnProcess } from './container/own-process.js';
import { prepareContainer, type PreparedContainer } from './container/prepared-container.js';
import { processTable, type ProcessListItem } from './container/process-table.js';
import { claimRun, endSystem, reclaim } from './container/reclaim.js';
import { windowsSignal } from './container/signals.js';
import { defaultTimeouts, type SystemTimeouts } from './hcs/compute-system.js';
import { openVmCompute, type VmCompute } from './hcs/vmcompute.js';
import { capabilitiesOf } from './host/capabilities.js';
import { windowsHost, type WindowsHost } from './host/windows-host.js';
import { LayerService } from './layers/layer-service.js';
import { exitStatus, type ExitRecord, type MonitorRequest, type MonitorState } from './monitor/messages.js';
import { ask, hold, openSession } from './monitor/monitor-client.js';
import { startMonitor } from './monitor/start-monitor.js';
import { readNetwork, sharedPrefix } from './network/endpoint-file.js';
import type { HypervOptions } from './options.js';
import { credentialSources } from './host/credential-sources.js';
import { helperCommand, runFolder } from './host/places.js';

/** Containers of Windows, each with a monitor of its own. All state is in files below the run root; any number of processes may use them. */
export class HypervRuntime implements Runtime {
  readonly name = 'hyperv';
  readonly runRoot: string;
  readonly #options: HypervOptions;
  readonly #timeouts: SystemTimeouts;
  /** The connections that tell monitors that we live. */
  readonly #supervised = new Map<string, { readonly record: MonitorRecord; readonly socket: Socket }>();
  #host: WindowsHost | undefined;

  constructor(options: HypervOptions = {}) {
    this.#options = options;
    this.runRoot = options.runRoot ?? runFolder();
    this.#timeouts = options.timeouts ?? defaultTimeouts;
    this.#host = options.host;
  }

  get host(): WindowsHost {
    return (this.#host ??= windowsHost());
  }

  get #vmcompute(): VmCompute {
    return openVmCompute(this.#options.libraries);
  }

  async capabilities(): Promise<RuntimeCapabilities> {
    return capabilitiesOf(this.host);
  }

  async create(spec: ContainerSpec, { signal, supervised = false }: CreateOptions = {}): Promise<void> {
    if (signal?.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: signal.reason });
    const folder = this.#folder(spec.id);
    const prepared = await this.#prepare(spec);
    const before = await this.state(spec.id);
    if (before && before.status !== 'exited') throw new CaissonError('already-exists', `the runtime has a container ${spec.id} already`);
    if (folder.exists()) await this.delete(spec.id, { force: true });
    folder.make();
    try {
      await endSystem(this.#vmcompute, spec.id, prepared.stack.folder, this.#timeouts);
      const record: MonitorRecord = { prepared, pipe: pipeName(this.runRoot, spec.id), token: randomBytes(24).toString('base64url'), supervised, libraries: this.#options.libraries ?? {}, timeouts: this.#timeouts, endpoints: join(this.runRoot, 'endpoints') };
      folder.write(record);
      await startMonitor(this.#options.helper ?? helperCommand(), this.runRoot, folder);
      const socket = supervised ? await hold(record) : undefined;
      if (socket) this.#supervised.set(spec.id, { record, socket });
    } catch (error) {
      folder.remove();
      throw error;
    }
  }

  async run(spec: ContainerSpec, options: ExecOptions): Promise<Process> {
    if (options.signal?.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: options.signal.reason });
    const prepared = await this.#prepare(spec);
    const release = claimRun(this.runRoot, spec.id, prepared.stack.folder);
    try {
      await endSystem(this.#vmcompute, spec.id, prepared.stack.folder, this.#timeouts);
      const container = await ComputeContainer.boot(this.#vmcompute, prepared, readNetwork(join(this.runRoot, 'endpoints'), prepared.spec), this.#timeouts);
      try {
        const own = new OwnProcess(container, await container.run(spec.process), options, release);
        return options.stdio === 'inherit' ? new InheritedProcess(own) : own;
      } catch (error) {
        await container.end();
        throw error;
      }
    } catch (error) {
      release();
      throw error;
    }
  }

  async start(id: string, options: CallOptions = {}): Promise<void> {
    await this.#ask(id, { op: 'start' }, options);
  }

  async state(id: string): Promise<RuntimeState | undefined> {
    const folder = this.#folder(id);
    const record = folder.read();
    if (!record) return undefined;
    for (let tries = 0; tries < 2; tries++) {
      const exit = folder.exit();
      if (exit) return { status: 'exited', pid: 0, exit };
      // Between an exit's being written and the monitor's end both are there.
      const state = await ask<MonitorState>(record, { op: 'state' });
      if (state && state.status !== 'exited') return { status: state.status, pid: state.pid };
    }
    if (!folder.exists()) return undefined;
    return { status: 'exited', pid: 0, exit: await this.#settle(folder, record) };
  }

  async exec(id: string, spec: ProcessSpec, options: ExecOptions): Promise<Process> {
    const { folder, record } = this.#running(id);
    const terminal = spec.terminal;
    try {
      const session = await openSession(record, { op: 'exec', process: spec, detached: options.stdio === 'none' }, { stdin: spec.stdin && options.stdio !== 'none', terminal, detached: options.stdio === 'none', lost: async () => ({ code: 137, at: new Date(), oomKilled: false }) });
      if (!session) throw await this.#notRunning(folder, record);
      return options.stdio === 'inherit' ? new InheritedProcess(session) : session;
    } catch (error) {
      if (isCaissonError(error, 'runtime-failed') && error.details?.['exitCode'] === 127) return new FailedExec(error, options, terminal);
      throw error;
    }
  }

  async attach(id: string, options: AttachOptions): Promise<Process> {
    const { folder, record } = this.#record(id);
    const { terminal, stdin } = record.prepared.spec.process;
    const session = await openSession(record, { op: 'attach', stdin: options.stdin }, { stdin: options.stdin && stdin, terminal, lost: async () => folder.exit() ?? this.#settle(folder, record) });
    if (!session) throw await this.#notRunning(folder, record);
    return session;
  }

  async kill(id: string, signal: string | number): Promise<void> {
    windowsSignal(signal);
    this.#running(id);
    await this.#ask(id, { op: 'kill', signal });
  }

  async pause(id: string): Promise<void> {
    const { record } = this.#running(id);
    if (record.prepared.context.isolation !== 'hyperv') throw new CaissonError('unsupported', `container ${id} has process isolation: only containers with Hyper-V isolation can be paused`);
    await this.#ask(id, { op: 'pause' });
  }

  async unpause(id: string): Promise<void> {
    await this.#ask(id, { op: 'unpause' });
  }

  async wait(id: string, options: CallOptions = {}): Promise<ExitStatus> {
    const { folder, record } = this.#record(id);
    const exit = folder.exit();
    if (exit) return exit;
    const told = await ask<ExitRecord>(record, { op: 'wait' }, options);
    return told ? exitStatus(told) : (folder.exit() ?? this.#settle(folder, record));
  }

  async resize(id: string, { columns, rows }: TerminalSize): Promise<void> {
    this.#running(id);
    await this.#ask(id, { op: 'resize', columns, rows });
  }

  async stats(id: string): Promise<RuntimeStats> {
    this.#running(id);
    const stats = (await this.#ask(id, { op: 'stats' })) as RuntimeStats;
    return { ...stats, at: new Date(stats.at) };
  }

  async processes(id: string): Promise<readonly number[]> {
    this.#running(id);
    return ((await this.#ask(id, { op: 'processes' })) as ProcessListItem[]).map((item) => item.ProcessId);
  }

  async processTable(id: string, psOptions: readonly string[]): Promise<ProcessTable> {
    this.#running(id);
    if (psOptions.length > 0) throw new CaissonError('invalid-argument', 'Windows containers have no ps, and none of its options');
    return processTable((await this.#ask(id, { op: 'processes' })) as ProcessListItem[]);
  }

  async update(id: string): Promise<void> {
    this.#running(id);
    const { limits } = await this.capabilities();
    throw new CaissonError('unsupported', limits.available ? 'limits cannot be changed' : limits.reason);
  }

  async delete(id: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    const folder = this.#folder(id);
    const record = folder.read();
    if (!record) return folder.remove();
    const state = await this.state(id);
    if (state && state.status !== 'exited') {
      if (!force) throw new CaissonError('in-use', `container ${id} is ${state.status}`);
      await ask(record, { op: 'kill', signal: 'KILL' });
      await this.wait(id);
    }
    folder.remove();
  }

  async release(id: string): Promise<void> {
    const held = this.#supervised.get(id);
    this.#supervised.delete(id);
    // The folder is gone by now, where the container is.
    const record = held?.record ?? this.#folder(id).read();
    if (record) await ask(record, { op: 'release' });
    held?.socket.destroy();
  }

  /** Ends systems of this run root whose owner was killed. Gives the IDs of their containers. */
  reclaim(): Promise<readonly string[]> {
    return reclaim(this.#vmcompute, this.runRoot, async (id) => {
      const record = this.#folder(id).read();
      return record !== undefined && (await ask(record, { op: 'state' })) !== undefined;
    }, this.#timeouts);
  }

  /** The monitor has died without an exit: what it owned is ended, and the exit code is lost. */
  async #settle(folder: ContainerFolder, record: MonitorRecord): Promise<ExitStatus> {
    let answers = false;
    // A pipe that is being closed looks like one that is not there: a living container must not be ended for that.
    for (let tries = 0; tries < 5; tries++) {
      const exit = folder.exit();
      if (exit) return exit;
      await sleep(40);
      answers = (await ask(record, { op: 'state' })) !== undefined;
    }
    if (answers) throw new CaissonError('unavailable', `the monitor of container ${folder.id} broke off`);
    await endSystem(this.#vmcompute, folder.id, record.prepared.stack.folder, this.#timeouts);
    const exit = folder.exit() ?? { code: 137, at: new Date(), oomKilled: false };
    if (folder.exists()) folder.writeExit(exit);
    return exit;
  }

  async #prepare(spec: ContainerSpec): Promise<PreparedContainer> {
    const prepared = await prepareContainer(spec, { host: this.host, layers: new LayerService(this.#vmcompute), credentials: credentialSources(this.#options) });
    const { scratchSize } = this.#options;
    return { ...prepared, spec: await this.#withOwner(spec), ...(scratchSize === undefined ? {} : { scratchSize }) };
  }

  /** Engines name another container's network by one of its processes. */
  async #withOwner(spec: ContainerSpec): Promise<ContainerSpec> {
    const pid = /^\/proc\/(\d+)\/ns\/net$/.exec(spec.networkNamespace ?? '')?.[1];
    return pid === undefined ? spec : { ...spec, networkNamespace: `${sharedPrefix}${await findByPid(this.runRoot, Number(pid))}` };
  }

  async #ask(id: string, request: MonitorRequest, options: CallOptions = {}): Promise<unknown> {
    const { folder, record } = this.#record(id);
    const answer = await ask(record, request, options);
    if (answer === undefined) throw await this.#notRunning(folder, record);
    return answer;
  }

  async #notRunning(folder: ContainerFolder, record: MonitorRecord): Promise<CaissonError> {
    if (!folder.exit()) await this.#settle(folder, record);
    return new CaissonError('in-use', `container ${folder.id} is not running`);
  }

  #folder(id: string): ContainerFolder {
    return ContainerFolder.of(this.runRoot, id);
  }

  /** @throws CaissonError `not-found` */
  #record(id: string): { folder: ContainerFolder; record: MonitorRecord } {
    const folder = this.#folder(id);
    const record = folder.read();
    if (!record) throw new CaissonError('not-found', `the runtime has no container ${id}`);
    return { folder, record };
  }

  /** @throws CaissonError `not-found`, `in-use` */
  #running(id: string): { folder: ContainerFolder; record: MonitorRecord } {
    const found = this.#record(id);
    if (found.folder.exit()) throw new CaissonError('in-use', `container ${id} is not running`);
    return found;
  }
}

/** Short, and of its own for each run: two runtimes on one run root find the same. */
function pipeName(runRoot: string, id: string): string {
  return `\\\\.\\pipe\\caisson-${createHash('sha256').update(`${runRoot}\0${id}\0${randomBytes(8).toString('hex')}`).digest('hex').slice(0, 32)}`;
}
