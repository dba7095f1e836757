import type { ProcessDocument } from '../document/process-document.js';
import { adoptHandle, type HandleStream } from '../win32/handle-stream.js';
import { hcsError } from './hcs-error.js';
import { hresult } from './hresult.js';
import { notification, notificationsOf } from './notifications.js';
import { ServiceHandle } from './service-handle.js';
import type { VmCompute } from './vmcompute.js';

interface ProcessInformation {
  readonly pid: number;
  readonly stdin: number | bigint;
  readonly stdout: number | bigint;
  readonly stderr: number | bigint;
}

/** What `HcsGetProcessProperties` tells. */
interface ProcessStatus {
  readonly ProcessId?: number;
  readonly Exited?: boolean;
  readonly ExitCode?: number;
  readonly LastWaitResult?: number;
}

/** Done, or no longer needed: the process has just ended. */
const ended: ReadonlySet<number> = new Set([hresult.ok, hresult.pending, hresult.notFound, hresult.alreadyStopped, hresult.elementNotFound]);

/**
 * A process in a compute system. It runs from `create` on; its streams are there at once, and belong to whoever created it. After `exited`
 * has resolved, `close` gives the handle back; the streams end by themselves.
 */
export class ComputeProcess {
  readonly pid: number;
  readonly stdin: HandleStream | undefined;
  readonly stdout: HandleStream | undefined;
  readonly stderr: HandleStream | undefined;
  /** Resolves with the exit code, an unsigned 32-bit number; undefined where it was lost. */
  readonly exited: Promise<number | undefined>;
  readonly #vmcompute: VmCompute;
  readonly #handle: ServiceHandle;
  #unsubscribe: (() => Promise<void>) | undefined;
  #end: (code: number | undefined) => void = () => {};

  private constructor(vmcompute: VmCompute, handle: number | bigint, information: ProcessInformation) {
    this.#vmcompute = vmcompute;
    this.#handle = new ServiceHandle(handle);
    this.pid = information.pid;
    this.stdin = adoptHandle(information.stdin, 'write');
    this.stdout = adoptHandle(information.stdout, 'read');
    this.stderr = adoptHandle(information.stderr, 'read');
    this.exited = new Promise((resolve) => (this.#end = resolve));
  }

  /** @throws CaissonError; `details.hresult` tells a program that is not there. */
  static async create(vmcompute: VmCompute, system: number | bigint, document: ProcessDocument): Promise<ComputeProcess> {
    const handle: [number | bigint] = [0];
    const information = {} as ProcessInformation;
    await vmcompute.checked(`running ${document.CommandLine}`, 'HcsCreateProcess', system, JSON.stringify(document), information, handle);
    const process = new ComputeProcess(vmcompute, handle[0], information);
    try {
      process.#unsubscribe = await notificationsOf(vmcompute).subscribe('Process', handle[0], ({ type }) => {
        if (type === notification.processExited) void process.#readExit();
        else if (type === notification.serviceDisconnect) process.#end(undefined);
      });
      return process;
    } catch (error) {
      await process.terminate().catch(() => {});
      await process.close();
      process.destroyStreams();
      throw error;
    }
  }

  async #readExit(): Promise<void> {
    try {
      const { Exited, ExitCode } = await this.status();
      this.#end(Exited === false ? undefined : ExitCode);
    } catch {
      this.#end(undefined);
    }
  }

  async status(): Promise<ProcessStatus> {
    const doing = `asking for the exit of process ${this.pid}`;
    const properties: [unknown] = [null];
    const { code, result } = await this.#handle.use(doing, (handle) => this.#vmcompute.call('HcsGetProcessProperties', handle, properties));
    const text = this.#vmcompute.take(properties);
    if (code !== hresult.ok) throw hcsError(code, result, doing);
    return text ? (JSON.parse(text) as ProcessStatus) : {};
  }

  async terminate(): Promise<void> {
    if (!this.#handle.isOpen) return;
    const doing = `terminating process ${this.pid}`;
    const { code, result } = await this.#handle.use(doing, (handle) => this.#vmcompute.call('HcsTerminateProcess', handle));
    if (!ended.has(code)) throw hcsError(code, result, doing);
  }

  /** `CtrlC`, `CtrlBreak`, `CtrlClose`, `CtrlLogOff` or `CtrlShutdown`. Gives false where the process has ended, or takes no signals. */
  async signal(name: string): Promise<boolean> {
    if (!this.#handle.isOpen) return false;
    const doing = `signalling process ${this.pid}`;
    const { code, result } = await this.#handle.use(doing, (handle) => this.#vmcompute.call('HcsSignalProcess', handle, JSON.stringify({ Signal: name })));
    if (code === hresult.ok || code === hresult.pending) return true;
    if (ended.has(code) || code === hresult.invalidState) return false;
    throw hcsError(code, result, doing);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#modify({ Operation: 'ConsoleSize', ConsoleSize: { Height: rows, Width: columns } });
  }

  /** Lets the process see the end of its input: closing our end of the pipe alone does not. */
  async closeStdin(): Promise<void> {
    await this.#modify({ Operation: 'CloseHandle', CloseHandle: { Handle: 'StdIn' } });
  }

  async #modify(request: unknown): Promise<void> {
    if (!this.#handle.isOpen) return;
    const doing = `changing process ${this.pid}`;
    const { code, result } = await this.#handle.use(doing, (handle) => this.#vmcompute.call('HcsModifyProcess', handle, JSON.stringify(request)));
    // A process that has just ended has neither console nor input any more.
    if (!ended.has(code)) throw hcsError(code, result, doing);
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    await this.#handle.close(async (handle) => {
      await this.#unsubscribe?.();
      await this.#vmcompute.raw('HcsCloseProcess', handle);
      this.#end(undefined);
    });
  }

  destroyStreams(): void {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
  }
}
