import { existsSync, rmSync, writeFileSync } from 'node:fs';
import {
  CaissonError,
  selfIdentity,
  type AttachOptions,
  type CallOptions,
  type ContainerSpec,
  type CreateOptions,
  type ExecOptions,
  type ExitStatus,
  type Process,
  type ProcessSpec,
  type ProcessTable,
  type Resources,
  type Runtime,
  type RuntimeCapabilities,
  type RuntimeState,
  type RuntimeStats,
  type TerminalSize,
} from '@caisson/core';
import { interfaceStats } from './cgroup/interfaces.js';
import { checkDelegated, delegatedCgroups, delegatedPath, UNDELEGATED, withinDelegation } from './cgroup/delegation.js';
import { cgroupMode, noCgroups, type CgroupMode } from './cgroup/mode.js';
import { removeCgroups } from './cgroup/remove.js';
import { canFreeze, cgroupProcesses, cgroupStats, isFrozen } from './cgroup/stats.js';
import { AttachedProcess } from './container/attached-process.js';
import { settleCutShort } from './container/cut-short.js';
import { createContainer, heldCapabilities } from './container/create.js';
import { execIn } from './container/exec.js';
import { alive, ContainerFolder, type ContainerRecord } from './container/folder.js';
import { stateOfLiving } from './container/living.js';
import { Owners } from './container/owner.js';
import { namespaceProcesses } from './container/pid-namespace.js';
import { SharedMemory } from './container/shared-memory.js';
import { runOnce } from './container/run.js';
import { signalNumber } from './container/signals.js';
import { onProcessEnd } from './fd-stream.js';
import { capabilitiesOf } from './host/capabilities.js';
import { apparmorProfile } from './host/apparmor.js';
import { initProgram } from './host/init-program.js';
import { processTable } from './host/process-table.js';
import { findProgram, requireProgram } from './host/programs.js';
import { inTurn } from './monitor/attach.js';
import { reopenLog, resizeTerminal } from './monitor/control.js';
import { waitForExit, exitNow } from './monitor/exit-wait.js';
import { OciRuntime } from './oci/runtime.js';
import type { LinuxRuntimeOptions } from './options.js';
import type { SpecHost } from './spec/config.js';
import { resources as ociResources } from './spec/resources.js';
import { loadSyscalls } from './syscalls.js';
import { releaseIds } from './userns/id-map.js';
import { MappedMounts } from './userns/mapped-mounts.js';

/** Containers by runc or crun, each with conmon as its monitor. All state is in files below the run root; any number of processes may use them. */
export class LinuxRuntime implements Runtime {
  readonly name = 'linux';
  readonly runRoot: string;
  readonly #options: LinuxRuntimeOptions;
  readonly #owners: Owners;
  readonly #sharedMemory: SharedMemory;
  #cgroups: CgroupMode | undefined;

  constructor(options: LinuxRuntimeOptions = {}) {
    this.#options = options;
    this.runRoot = options.runRoot ?? '/run/caisson';
    this.#owners = new Owners(this.runRoot);
    this.#sharedMemory = new SharedMemory(this.runRoot);
  }

  get cgroups(): CgroupMode {
    return (this.#cgroups ??= this.#options.rootless ? delegatedCgroups() : cgroupMode());
  }

  /** Those that a container is in: of an ordinary user, as they were delegated to who started it. */
  #cgroupsOf({ delegated }: ContainerRecord): CgroupMode {
    if (!this.#options.rootless) return this.cgroups;
    return delegated ? { kind: delegated.kind, controllers: new Map(Object.entries(delegated.controllers)), unified: undefined } : noCgroups;
  }

  /** crun cannot leave alone what it may not use. */
  #delegated(oci: OciRuntime): ContainerRecord['delegated'] {
    const { kind, controllers } = this.cgroups;
    return this.#options.rootless && oci.kind === 'runc' && controllers.size > 0 ? { kind, controllers: Object.fromEntries(controllers) } : undefined;
  }

  async capabilities(): Promise<RuntimeCapabilities> {
    return capabilitiesOf(this.#options, this.cgroups);
  }

  async create(spec: ContainerSpec, options: CreateOptions = {}): Promise<void> {
    const folder = this.#folder(spec.id);
    if (folder.exists()) {
      if (await this.#isTaken(folder)) throw new CaissonError('already-exists', `the runtime has a container ${spec.id} already`);
      await this.delete(spec.id, { force: true });
    }
    const oci = this.#oci(spec.ociRuntime);
    const conmon = this.#options.conmon ?? requireProgram('conmon');
    try {
      await createContainer(spec, options, { folder, oci, conmon, specHost: await this.#specHost(spec, oci), cgroupPath: this.#cgroupPath(spec), delegated: this.#delegated(oci), systemd: this.#systemd, owners: this.#owners, runRoot: this.runRoot });
    } catch (error) {
      await this.delete(spec.id, { force: true });
      this.#owners.release(spec.id);
      throw error;
    }
  }

  async run(spec: ContainerSpec, options: ExecOptions): Promise<Process> {
    const oci = this.#oci(spec.ociRuntime);
    const cgroupPath = this.#cgroupPath(spec);
    const clearUp = async () => {
      if (oci.holds(spec.id)) await oci.delete(spec.id, false);
      await removeCgroups(this.cgroups, cgroupPath);
    };
    return runOnce(spec, options, { folder: this.#folder(spec.id), oci, specHost: await this.#specHost(spec, oci), cgroupPath, clearUp });
  }

  async start(id: string): Promise<void> {
    const { folder, record } = this.#record(id);
    if (!alive(record.pid)) throw new CaissonError('in-use', `container ${id} has ended`);
    let stop = () => {};
    const gone = new Promise<never>((_, reject) => {
      const ended = () => reject(new CaissonError('runtime-failed', `container ${id} ended before it was started`));
      try {
        stop = onProcessEnd(loadSyscalls(), record.pid?.pid ?? 0, ended);
      } catch {
        ended();
      }
    });
    gone.catch(() => {});
    try {
      await this.#oci(record.ociRuntime).start(folder.id, gone);
    } finally {
      stop();
    }
  }

  async state(id: string): Promise<RuntimeState | undefined> {
    const folder = this.#folder(id);
    const record = folder.read();
    if (!record) return undefined;
    const living = stateOfLiving(this.runRoot, record, () => this.#cgroupsOf(record));
    if (living) return living;
    const exit = exitNow(folder);
    return exit ? { status: 'exited', pid: 0, exit } : { status: 'created', pid: 0 };
  }

  async exec(id: string, process: ProcessSpec, options: ExecOptions): Promise<Process> {
    const { folder, record } = this.#running(id);
    return execIn(folder, record, process, options, { oci: this.#oci(record.ociRuntime), conmon: () => this.#options.conmon ?? requireProgram('conmon'), heldCapabilities: heldCapabilities() });
  }

  async attach(id: string, options: AttachOptions): Promise<Process> {
    const { folder, record } = this.#record(id);
    return inTurn(() => new AttachedProcess(folder, { stdin: options.stdin && record.stdin, terminal: record.terminal, kill: (signal) => this.kill(id, signal) }));
  }

  async kill(id: string, signal: string | number, options: { all?: boolean } = {}): Promise<void> {
    const number = signalNumber(signal);
    const { record } = this.#running(id);
    const pids = options.all ? this.#processes(record) : [record.pid?.pid ?? 0];
    for (const pid of pids) {
      try {
        process.kill(pid, number);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
  }

  async pause(id: string): Promise<void> {
    const { record } = this.#running(id);
    const cgroups = this.#cgroupsOf(record);
    if (this.#options.rootless && !canFreeze(cgroups)) throw new CaissonError('unsupported', `container ${id} cannot be paused: ${cgroups.kind === 'none' ? UNDELEGATED : 'the cgroup controller freezer is not delegated to this user'}`);
    if (!isFrozen(cgroups, record.cgroupPath)) await this.#oci(record.ociRuntime).call('pause', id);
  }

  async unpause(id: string): Promise<void> {
    const { record } = this.#running(id);
    if (isFrozen(this.#cgroupsOf(record), record.cgroupPath)) await this.#oci(record.ociRuntime).call('resume', id);
  }

  wait(id: string, options: CallOptions = {}): Promise<ExitStatus> {
    return waitForExit(this.#folder(id), options.signal);
  }

  async resize(id: string, size: TerminalSize): Promise<void> {
    const { folder, record } = this.#running(id);
    if (!record.terminal) throw new CaissonError('invalid-argument', `container ${id} has no terminal`);
    resizeTerminal(folder, size);
  }

  reopenLog(id: string): void {
    reopenLog(this.#folder(id));
  }

  async stats(id: string): Promise<RuntimeStats> {
    const { record } = this.#running(id);
    const cgroups = this.#cgroupsOf(record);
    if (this.#options.rootless && cgroups.controllers.size === 0) throw new CaissonError('unsupported', `there are no statistics of container ${id}: ${UNDELEGATED}`);
    return { ...cgroupStats(cgroups, record.cgroupPath), networks: interfaceStats(record.pid?.pid ?? 0) };
  }

  async processTable(id: string, psOptions: readonly string[]): Promise<ProcessTable> {
    return processTable(await this.processes(id), psOptions);
  }

  async processes(id: string): Promise<readonly number[]> {
    return this.#processes(this.#running(id).record);
  }

  #processes(record: ContainerRecord): number[] {
    return this.#options.rootless ? namespaceProcesses(record.pid?.pid ?? 0) : cgroupProcesses(this.cgroups, record.cgroupPath);
  }

  async update(id: string, resources: Resources, asked = resources): Promise<void> {
    const { folder, record } = this.#running(id);
    const cgroups = this.#cgroupsOf(record);
    if (this.#options.rootless) checkDelegated(id, asked, cgroups);
    const possible = this.#options.rootless ? withinDelegation(resources, cgroups).allowed : resources;
    const file = folder.file(`resources-${process.pid}.json`);
    writeFileSync(file, JSON.stringify(ociResources(possible, cgroups)), { mode: 0o600 });
    try {
      await this.#oci(record.ociRuntime).call('update', '--resources', file, id);
    } finally {
      rmSync(file, { force: true });
    }
  }

  async delete(id: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#delete(id, options);
    MappedMounts.forget(id, this.runRoot);
    releaseIds(id, this.runRoot);
  }

  async #delete(id: string, options: { force?: boolean }): Promise<void> {
    const folder = this.#folder(id);
    this.#sharedMemory.remove(id);
    const found = folder.read();
    if (!found) {
      if (existsSync(folder.path)) await this.#deleteRun(id);
      folder.remove();
      return;
    }
    const record = found.pid === undefined && !isSelf(found.maker) ? await settleCutShort(folder, found) : found;
    const oci = this.#oci(record.ociRuntime);
    if (alive(record.pid)) {
      if (!options.force) throw new CaissonError('in-use', `container ${id} is running`);
      await this.#end(folder, record);
    }
    // Without a process ID its making was cut short: only the OCI runtime knows how far it got.
    const complete = await oci.delete(id, record.pid !== undefined && !alive(record.pid));
    if (!complete) await removeCgroups(this.#cgroupsOf(record), record.cgroupPath);
    folder.remove();
  }

  /** Ends and forgets a container of `run` whose caller was killed: it has no record, and only the OCI runtime knows of it. */
  async #deleteRun(id: string): Promise<void> {
    const oci = this.#oci(undefined);
    if (!oci.holds(id)) return;
    await oci.delete(id, false);
    await removeCgroups(this.cgroups, this.#cgroupPath({ id }));
  }

  async release(id: string): Promise<void> {
    this.#owners.release(id);
  }

  async abandoned(known: ReadonlySet<string> = new Set()): Promise<readonly string[]> {
    const ids = ContainerFolder.ids(this.runRoot).filter((id) => !known.has(id));
    const isAbandoned = await Promise.all(ids.map(async (id) => this.#isAbandoned(this.#folder(id))));
    return ids.filter((_, index) => isAbandoned[index]);
  }

  async #isAbandoned(folder: ContainerFolder): Promise<boolean> {
    const record = folder.read();
    if (!record || alive(record.maker)) return false;
    return record.pid === undefined || (await this.state(folder.id))?.status === 'created';
  }

  /** What has ended, or will never be started, gives its ID free. */
  async #isTaken(folder: ContainerFolder): Promise<boolean> {
    const state = await this.state(folder.id);
    return state !== undefined && state.status !== 'exited' && !(await this.#isAbandoned(folder));
  }

  /** Kills it, and waits until the monitor has seen it, which is a matter of milliseconds. */
  async #end(folder: ContainerFolder, record: ContainerRecord): Promise<void> {
    const frozen = isFrozen(this.#cgroupsOf(record), record.cgroupPath);
    try {
      process.kill(record.pid?.pid ?? 0, 'SIGKILL');
    } catch {
      return; // it has ended by itself
    }
    if (frozen) await this.#oci(record.ociRuntime).call('resume', record.id);
    await waitForExit(folder);
  }

  #folder(id: string): ContainerFolder {
    return ContainerFolder.of(this.runRoot, id);
  }

  /** @throws CaissonError `not-found` */
  #record(id: string): { folder: ContainerFolder; record: ContainerRecord } {
    const folder = this.#folder(id);
    const record = folder.read();
    if (!record) throw new CaissonError('not-found', `the runtime has no container ${id}`);
    return { folder, record };
  }

  /** @throws CaissonError `not-found`, `in-use` */
  #running(id: string): { folder: ContainerFolder; record: ContainerRecord } {
    const found = this.#record(id);
    if (!alive(found.record.pid)) throw new CaissonError('in-use', `container ${id} is not running`);
    return found;
  }

  get #systemd(): boolean {
    return this.#options.cgroupManager === 'systemd';
  }

  #oci(wanted?: string): OciRuntime {
    const name = wanted ?? this.#options.ociRuntime;
    if (name !== undefined && name !== 'runc' && name !== 'crun' && findProgram(name) === undefined) throw new CaissonError('not-found', `there is no OCI runtime ${name} on this host`, { hint: 'use runc, crun, or the path of another' });
    const path = name === undefined ? requireProgram('runc', 'crun') : requireProgram(name);
    const { kind, unified } = this.cgroups;
    return new OciRuntime(path, this.runRoot, { systemdCgroup: this.#systemd, withoutCgroups: this.#options.rootless === true, ...(kind === 'hybrid' && unified !== undefined ? { hideUnified: unified } : {}) });
  }

  #cgroupPath(spec: Pick<ContainerSpec, 'id' | 'cgroupParent'>): string {
    const parent = spec.cgroupParent ?? this.#options.cgroupParent;
    if (this.#options.rootless) return `/${spec.id}`;
    return this.#systemd ? `${parent ?? 'system.slice'}:caisson:${spec.id}` : `${(parent ?? '/caisson').replace(/\/+$/, '')}/${spec.id}`;
  }

  async #specHost({ id, security }: ContainerSpec, oci: OciRuntime): Promise<SpecHost> {
    const mode = this.#delegated(oci) && this.cgroups;
    const apparmor = this.#options.rootless === true ? undefined : await apparmorProfile(security);
    return { ...(apparmor === undefined ? {} : { apparmor }), ...(mode ? { delegated: { mode, path: delegatedPath(cgroupMode(), mode, id) } } : {}), cgroups: this.#options.rootless ? noCgroups : this.cgroups, rootless: this.#options.rootless === true, heldCapabilities: heldCapabilities(), init: () => initProgram(this.#options.init), sharedMemory: this.#sharedMemory };
  }
}

const isSelf = ({ pid, started }: ContainerRecord['maker']) => pid === process.pid && started === selfIdentity().started;
