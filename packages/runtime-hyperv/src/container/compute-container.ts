import { CaissonError, type ProcessSpec, type RuntimeStats } from '@caisson/core';
import { processDocument } from '../document/process-document.js';
import { ComputeSystem, isGone, type SystemTimeouts } from '../hcs/compute-system.js';
import { hresultOf } from '../hcs/hcs-error.js';
import { isNoProgram } from '../hcs/hresult.js';
import type { VmCompute } from '../hcs/vmcompute.js';
import { LayerService } from '../layers/layer-service.js';
import { ensureScratch } from '../snapshot/ensure-scratch.js';
import { ContainerProcess } from './container-process.js';
import type { ProcessListItem } from './process-table.js';
import { finalDocument, type PreparedContainer } from './prepared-container.js';
import { runtimeStats } from './runtime-stats.js';

export interface ContainerNetwork {
  readonly endpoints: readonly string[];
  readonly sharedNetworkOf?: string;
}

/**
 * A container as its one owner has it: a monitor, or whoever has called `run`. `boot` mounts its volume, makes its system and starts it;
 * `run` its main process and others; `end` takes all of it down again, whatever state it is in.
 */
export class ComputeContainer {
  readonly prepared: PreparedContainer;
  readonly #vmcompute: VmCompute;
  readonly #layers: LayerService;
  readonly #timeouts: SystemTimeouts;
  readonly #processes = new Set<ContainerProcess>();
  #system: ComputeSystem | undefined;
  #mounted = false;
  #ending: Promise<void> | undefined;

  private constructor(vmcompute: VmCompute, prepared: PreparedContainer, timeouts: SystemTimeouts) {
    this.#vmcompute = vmcompute;
    this.#layers = new LayerService(vmcompute);
    this.#timeouts = timeouts;
    this.prepared = prepared;
  }

  /** @throws CaissonError; nothing is left then. */
  static async boot(vmcompute: VmCompute, prepared: PreparedContainer, network: ContainerNetwork, timeouts: SystemTimeouts): Promise<ComputeContainer> {
    const container = new ComputeContainer(vmcompute, prepared, timeouts);
    try {
      await container.#boot(network);
      return container;
    } catch (error) {
      await container.end();
      throw error;
    }
  }

  async #boot(network: ContainerNetwork): Promise<void> {
    const { spec, stack, context, scratchSize } = this.prepared;
    await ensureScratch(this.#layers, stack, scratchSize);
    let volumePath: string | undefined;
    if (context.isolation === 'process') {
      volumePath = await this.#layers.mount(stack);
      this.#mounted = true;
    }
    const document = finalDocument(this.prepared, { ...network, ...(volumePath === undefined ? {} : { volumePath }) });
    this.#system = await ComputeSystem.create(this.#vmcompute, spec.id, document, this.#timeouts);
    await this.#system.start();
  }

  get #running(): ComputeSystem {
    if (!this.#system) throw new CaissonError('in-use', `container ${this.prepared.spec.id} is not running`);
    return this.#system;
  }

  /** Resolves when the system has ended, on its own or not. */
  get ended(): Promise<unknown> {
    return this.#running.exited;
  }

  /** Runs a process. @throws CaissonError `runtime-failed` with `details.exitCode` 127 for a program that is not there. */
  async run(spec: ProcessSpec): Promise<ContainerProcess> {
    const program = spec.args[0] ?? '';
    try {
      const process = new ContainerProcess(await this.#running.createProcess(processDocument(spec)), spec);
      this.#processes.add(process);
      void process.exit.finally(() => this.#processes.delete(process));
      return process;
    } catch (error) {
      const code = hresultOf(error);
      if (code !== undefined && isNoProgram(code)) throw new CaissonError('runtime-failed', `the program ${program} is not there in the container`, { cause: error, details: { exitCode: 127, hresult: code } });
      if (code !== undefined && isGone(error)) throw new CaissonError('in-use', `container ${this.prepared.spec.id} is not running`, { cause: error });
      throw error;
    }
  }

  async pause(): Promise<void> {
    await this.#running.pause();
  }

  async resume(): Promise<void> {
    await this.#running.resume();
  }

  async processes(): Promise<readonly ProcessListItem[]> {
    const { ProcessList = [] } = (await this.#running.properties('ProcessList')) as { ProcessList?: readonly ProcessListItem[] };
    return ProcessList;
  }

  async stats(): Promise<RuntimeStats> {
    return runtimeStats(await this.#running.properties('Statistics', 'ProcessList'), this.prepared.spec.resources);
  }

  /** Takes an HNS endpoint in, or lets it go, while it runs (hcsshim: HotAttachEndpoint). */
  async changeEndpoint(action: 'Add' | 'Remove', endpointId: string): Promise<void> {
    await this.#running.modify({ Resource: 'Network', Request: action, Data: endpointId });
  }

  /** Ends all that runs in it. */
  async terminate(): Promise<void> {
    await this.#system?.terminate();
  }

  /** Asks it to end, then ends it, and gives back what it took. Never throws: what cannot be undone is left for `reclaim`. Safe to repeat. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    const system = this.#system;
    if (system) {
      // What is in it has ended, or is to: a clean shutdown of a utility VM takes seconds, and brings nothing.
      await system.terminate().catch(() => {});
      await system.exitsWithin(Math.min(this.#timeouts.stop, 30_000));
      for (const process of this.#processes) process.lose();
      await Promise.all([...this.#processes].map((process) => process.exit));
      await system.close().catch(() => {});
    }
    if (this.#mounted) await this.#layers.unmount(this.prepared.stack.folder);
  }
}
