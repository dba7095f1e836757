import { CaissonError, type ContainerSpec, type ExitStatus, type RuntimeStats, type RuntimeStatus } from '@caisson/core';
import { ComputeContainer } from '../container/compute-container.js';
import type { ContainerFolder, MonitorRecord } from '../container/container-folder.js';
import type { ContainerProcess } from '../container/container-process.js';
import { OutputLog } from '../container/output-log.js';
import type { ProcessListItem } from '../container/process-table.js';
import { windowsSignal } from '../container/signals.js';
import type { VmCompute } from '../hcs/vmcompute.js';
import { readNetwork } from '../network/endpoint-file.js';
import type { MonitorState } from './messages.js';
import { OutputHub } from './output-hub.js';

/**
 * Owns one container from its creation to its exit: it alone talks to the service. `start` runs the program; when that has ended, what it
 * took is given back, the exit is written down, and `exit` resolves. Whatever goes wrong ends in an exit too.
 */
export class ContainerMonitor {
  readonly spec: ContainerSpec;
  readonly hub: OutputHub;
  /** Resolves when all is over and written down. */
  readonly exit: Promise<ExitStatus>;
  /** The main process, once it has been started. */
  readonly main: Promise<ContainerProcess>;
  readonly #folder: ContainerFolder;
  readonly #record: MonitorRecord;
  readonly #vmcompute: VmCompute;
  readonly #log: OutputLog | undefined;
  readonly #started = Promise.withResolvers<ContainerProcess>();
  readonly #exited = Promise.withResolvers<ExitStatus>();
  #container: ComputeContainer | undefined;
  #status: RuntimeStatus = 'created';
  #starting = false;
  #pid = process.pid;
  #killed = false;

  constructor(folder: ContainerFolder, record: MonitorRecord, vmcompute: VmCompute) {
    this.#folder = folder;
    this.#record = record;
    this.#vmcompute = vmcompute;
    this.spec = record.prepared.spec;
    this.#log = this.spec.logPath === undefined ? undefined : new OutputLog(this.spec.logPath);
    this.hub = new OutputHub(this.#log);
    this.exit = this.#exited.promise;
    this.main = this.#started.promise;
    this.main.catch(() => {}); // told by `start`
  }

  state(): MonitorState {
    return { status: this.#status, pid: this.#status === 'exited' ? 0 : this.#pid };
  }

  /** @throws CaissonError; the container has then exited. */
  async start(): Promise<void> {
    const { id } = this.spec;
    if (this.#starting) throw new CaissonError('in-use', `container ${id} was started already`);
    this.#starting = true;
    try {
      this.#container = await ComputeContainer.boot(this.#vmcompute, this.#record.prepared, readNetwork(this.#record.endpoints, this.spec), this.#record.timeouts);
      const main = await this.#container.run(this.spec.process);
      this.hub.take(main.stdout, main.stderr);
      this.#pid = main.pid;
      this.#status = 'running';
      void this.#watch(this.#container, main);
      if (this.#killed) await this.kill('KILL');
      this.#started.resolve(main);
    } catch (error) {
      this.#started.reject(error);
      await this.#finish({ code: exitCodeOf(error), at: new Date(), oomKilled: false });
      throw error;
    }
  }

  async #watch(container: ComputeContainer, main: ContainerProcess): Promise<void> {
    // A system that ends by itself takes its processes along, of which nothing may be told any more.
    void container.ended.then(() => setTimeout(() => main.lose(), 2000).unref());
    await this.#finish(await main.exit);
  }

  async #finish(exit: ExitStatus): Promise<void> {
    if (this.#status === 'exited') return;
    await this.#container?.end();
    this.#log?.close();
    this.#folder.writeExit(exit);
    this.#status = 'exited';
    this.#exited.resolve(exit);
  }

  async exec(process: ContainerSpec['process']): Promise<ContainerProcess> {
    return this.#running().run(process);
  }

  /** KILL ends the whole container, as it does where the first process is the others' parent; other signals go to the main process. */
  async kill(signal: string | number): Promise<void> {
    const event = windowsSignal(signal);
    if (this.#status === 'created') {
      if (event !== 'kill') return;
      this.#killed = true;
      // What is being started is ended once it is there.
      if (!this.#starting) await this.#finish({ code: 137, at: new Date(), oomKilled: false });
      return;
    }
    const container = this.#running();
    const main = await this.main;
    if (event === 'kill') {
      main.markKilled();
      await main.kill('KILL');
      await container.terminate();
    } else await main.kill(signal);
  }

  async pause(): Promise<void> {
    if (this.#status === 'paused') return;
    await this.#running().pause();
    this.#status = 'paused';
  }

  async unpause(): Promise<void> {
    if (this.#status !== 'paused') return;
    await this.#running().resume();
    this.#status = 'running';
  }

  changeEndpoint(action: 'Add' | 'Remove', endpointId: string): Promise<void> {
    return this.#running().changeEndpoint(action, endpointId);
  }

  stats(): Promise<RuntimeStats> {
    return this.#running().stats();
  }

  processes(): Promise<readonly ProcessListItem[]> {
    return this.#running().processes();
  }

  #running(): ComputeContainer {
    if (!this.#container || (this.#status !== 'running' && this.#status !== 'paused')) throw new CaissonError('in-use', `container ${this.spec.id} is not running`);
    return this.#container;
  }
}

/** Docker's: 127 for a program that is not there, 128 for any other reason why a container could not be started. */
function exitCodeOf(error: unknown): number {
  const code = error instanceof CaissonError ? error.details?.['exitCode'] : undefined;
  return typeof code === 'number' ? code : 128;
}
