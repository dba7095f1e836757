import { CaissonError } from '@caisson/core';
import type { ContainerDocument } from '../document/container-document.js';
import type { ProcessDocument } from '../document/process-document.js';
import { hcsError, hresultOf } from './hcs-error.js';
import { hresult } from './hresult.js';
import { notification, notificationsOf, type Notification } from './notifications.js';
import { ComputeProcess } from './compute-process.js';
import { ServiceHandle } from './service-handle.js';
import type { VmCompute } from './vmcompute.js';

export interface SystemTimeouts {
  /** Milliseconds until a create or start that says nothing is given up. */
  readonly start: number;
  readonly stop: number;
}

export const defaultTimeouts: SystemTimeouts = { start: 240_000, stop: 240_000 };

/** What `HcsEnumerateComputeSystems` tells of a system. */
export interface SystemInfo {
  readonly Id: string;
  readonly Owner?: string;
  readonly State?: string;
  readonly SystemType?: string;
}

/**
 * A compute system: a container, with its utility VM if it has one. `create` (or `open`, for one that another process has made), `start`,
 * processes in it, then `shutdown` or `terminate`, and when `exited` has resolved, `close`. The system lives in the service: closing
 * the handle does not end it.
 */
export class ComputeSystem {
  readonly id: string;
  /** Resolves with the HRESULT that the system ended with. */
  readonly exited: Promise<number>;
  readonly #vmcompute: VmCompute;
  readonly #timeouts: SystemTimeouts;
  readonly #waiting = new Map<number, (status: number) => void>();
  readonly #handle: ServiceHandle;
  #unsubscribe: (() => Promise<void>) | undefined;
  #end: (status: number) => void = () => {};
  #hasExited = false;

  private constructor(vmcompute: VmCompute, id: string, handle: number | bigint, timeouts: SystemTimeouts) {
    this.#vmcompute = vmcompute;
    this.id = id;
    this.#handle = new ServiceHandle(handle);
    this.#timeouts = timeouts;
    this.exited = new Promise((resolve) => (this.#end = resolve));
  }

  /** @throws CaissonError; nothing is left of a system that could not be created. */
  static async create(vmcompute: VmCompute, id: string, document: ContainerDocument, timeouts: SystemTimeouts = defaultTimeouts): Promise<ComputeSystem> {
    const handle: [number | bigint] = [0];
    const doing = `creating the container ${id}`;
    const { code, result } = await vmcompute.call('HcsCreateComputeSystem', id, JSON.stringify(document), 0, handle);
    if (code !== hresult.ok && code !== hresult.pending) {
      if (handle[0]) await vmcompute.raw('HcsCloseComputeSystem', handle[0]);
      throw hcsError(code, result, doing);
    }
    const system = new ComputeSystem(vmcompute, id, handle[0], timeouts);
    try {
      const completed = system.#expect(notification.systemCreateCompleted, doing);
      await system.#subscribe();
      if (code === hresult.pending) await completed.promise;
      completed.cancel();
      return system;
    } catch (error) {
      await system.terminate().catch(() => {}); // it may not be there at all
      await system.close();
      throw error;
    }
  }

  /** Undefined where there is none. */
  static async open(vmcompute: VmCompute, id: string, timeouts: SystemTimeouts = defaultTimeouts): Promise<ComputeSystem | undefined> {
    const handle: [number | bigint] = [0];
    const { code, result } = await vmcompute.call('HcsOpenComputeSystem', id, handle);
    if (code === hresult.notFound) return undefined;
    if (code !== hresult.ok) throw hcsError(code, result, `opening the container ${id}`);
    const system = new ComputeSystem(vmcompute, id, handle[0], timeouts);
    try {
      await system.#subscribe();
      return system;
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  static async list(vmcompute: VmCompute, owner: string): Promise<readonly SystemInfo[]> {
    const systems: [unknown] = [null];
    const { code, result } = await vmcompute.call('HcsEnumerateComputeSystems', JSON.stringify({ Owners: [owner] }), systems);
    const text = vmcompute.take(systems);
    if (code !== hresult.ok) throw hcsError(code, result, 'listing containers');
    return text ? (JSON.parse(text) as SystemInfo[]) : [];
  }

  async start(): Promise<void> {
    await this.#pendingCall('HcsStartComputeSystem', notification.systemStartCompleted, `starting the container ${this.id}`, this.#timeouts.start);
  }

  /** Asks the container's system to end. It may not: see `exited`. Quietly nothing where it has. */
  async shutdown(): Promise<void> {
    await this.#ending('HcsShutdownComputeSystem', 'shutting down');
  }

  /** Ends it without asking. Quietly nothing where it has ended. */
  async terminate(): Promise<void> {
    await this.#ending('HcsTerminateComputeSystem', 'terminating');
  }

  async #ending(name: 'HcsShutdownComputeSystem' | 'HcsTerminateComputeSystem', doing: string): Promise<void> {
    const what = `${doing} the container ${this.id}`;
    const { code, result } = await this.#handle.use(what, (handle) => this.#vmcompute.call(name, handle, ''));
    const done: readonly number[] = [hresult.ok, hresult.pending, hresult.alreadyStopped, hresult.notFound];
    if (!done.includes(code)) throw hcsError(code, result, what);
    if (code === hresult.alreadyStopped || code === hresult.notFound) this.#hasEnded(0);
  }

  /** Resolves with true when the system has exited within the time. */
  async exitsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
    try {
      return await Promise.race([this.exited.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async pause(): Promise<void> {
    await this.#pendingCall('HcsPauseComputeSystem', notification.systemPauseCompleted, `pausing the container ${this.id}`, this.#timeouts.stop);
  }

  async resume(): Promise<void> {
    await this.#pendingCall('HcsResumeComputeSystem', notification.systemResumeCompleted, `resuming the container ${this.id}`, this.#timeouts.stop);
  }

  async modify(request: unknown): Promise<void> {
    const doing = `changing the container ${this.id}`;
    await this.#handle.use(doing, (handle) => this.#vmcompute.checked(doing, 'HcsModifyComputeSystem', handle, JSON.stringify(request)));
  }

  /** `Statistics`, `ProcessList`, … of hcsshim's schema 1. */
  async properties(...types: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const doing = `asking for the state of the container ${this.id}`;
    const properties: [unknown] = [null];
    const { code, result } = await this.#handle.use(doing, (handle) => this.#vmcompute.call('HcsGetComputeSystemProperties', handle, JSON.stringify({ PropertyTypes: types }), properties));
    const text = this.#vmcompute.take(properties);
    if (code !== hresult.ok) throw hcsError(code, result, doing);
    return text ? (JSON.parse(text) as Record<string, unknown>) : {};
  }

  createProcess(document: ProcessDocument): Promise<ComputeProcess> {
    return this.#handle.use(`running ${document.CommandLine}`, (handle) => ComputeProcess.create(this.#vmcompute, handle, document));
  }

  /** Ends the subscription and closes the handle. Safe to repeat. */
  async close(): Promise<void> {
    await this.#handle.close(async (handle) => {
      await this.#unsubscribe?.();
      await this.#vmcompute.raw('HcsCloseComputeSystem', handle);
    });
  }

  async #subscribe(): Promise<void> {
    this.#unsubscribe = await this.#handle.use(`watching the container ${this.id}`, (handle) => notificationsOf(this.#vmcompute).subscribe('ComputeSystem', handle, (event) => this.#notified(event)));
  }

  #notified({ type, status }: Notification): void {
    if (type === notification.systemExited) this.#hasEnded(status);
    else if (type === notification.serviceDisconnect) this.#hasEnded(hresult.serviceDown);
    else this.#waiting.get(type)?.(status);
  }

  #hasEnded(status: number): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    this.#end(status);
  }

  async #pendingCall(name: 'HcsStartComputeSystem' | 'HcsPauseComputeSystem' | 'HcsResumeComputeSystem', type: number, doing: string, timeout: number): Promise<void> {
    const completed = this.#expect(type, doing, timeout);
    try {
      const { code } = await this.#handle.use(doing, (handle) => this.#vmcompute.checked(doing, name, handle, ''));
      if (code === hresult.pending) await completed.promise;
    } finally {
      completed.cancel();
    }
  }

  /** A notification to come: it, the end of the system or the end of patience decides. */
  #expect(type: number, doing: string, timeout = this.#timeouts.start): { readonly promise: Promise<void>; cancel(): void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // nobody may be waiting for it
    const timer = setTimeout(() => reject(new CaissonError('unavailable', `${doing} took longer than ${timeout / 1000} seconds`, { details: { hresult: hresult.timeout }, hint: 'see the event log Microsoft-Windows-Hyper-V-Compute-Operational' })), timeout);
    const cancel = () => {
      clearTimeout(timer);
      this.#waiting.delete(type);
    };
    this.#waiting.set(type, (status) => (status === hresult.ok ? resolve() : reject(hcsError(status, undefined, doing))));
    void this.exited.then((status) => {
      if (this.#waiting.has(type)) reject(hcsError(status === hresult.ok ? hresult.unexpectedExit : status, undefined, doing));
    });
    void promise.finally(cancel).catch(() => {});
    return { promise, cancel };
  }
}

/** True for an error that says that there is no such system any more. */
export function isGone(error: unknown): boolean {
  const code = hresultOf(error);
  return code === hresult.notFound || code === hresult.alreadyStopped || code === hresult.invalidState;
}
