import { koffi } from '../win32/koffi.js';
import type { VmCompute } from './vmcompute.js';

export const notification = {
  systemExited: 1,
  systemCreateCompleted: 2,
  systemStartCompleted: 3,
  systemPauseCompleted: 4,
  systemResumeCompleted: 5,
  processExited: 0x10000,
  serviceDisconnect: 0x1000000,
} as const;

export interface Notification {
  readonly type: number;
  /** HRESULT, unsigned. */
  readonly status: number;
  readonly data: string | undefined;
}

type Listener = (notification: Notification) => void;

/**
 * Notifications of systems and processes. One native callback serves all of them; its context number tells whose it is. A notification
 * that comes after its subscription was ended is dropped; for that the callback stays for as long as the process lives. While there are subscriptions the event loop is kept alive: the callback
 * itself does not, and a process that exits under a pending one crashes.
 */
export class Notifications {
  readonly #vmcompute: VmCompute;
  readonly #listeners = new Map<number, Listener>();
  #callback: ReturnType<ReturnType<typeof koffi>['register']> | undefined;
  #alive: NodeJS.Timeout | undefined;
  #count = 0;
  #next = 1;

  constructor(vmcompute: VmCompute) {
    this.#vmcompute = vmcompute;
  }

  /** Ends with the returned function, which must be awaited before the handle is closed. @throws CaissonError */
  async subscribe(kind: 'ComputeSystem' | 'Process', handle: number | bigint, listener: Listener): Promise<() => Promise<void>> {
    const context = this.#next++;
    this.#listeners.set(context, listener);
    this.#hold();
    const registration: [number | bigint] = [0];
    try {
      await this.#vmcompute.checkedRaw('registering for notifications', `HcsRegister${kind}Callback`, handle, this.#callback, context, registration);
    } catch (error) {
      this.#listeners.delete(context);
      this.#release();
      throw error;
    }
    let ended: Promise<void> | undefined;
    return () =>
      (ended ??= (async () => {
        this.#listeners.delete(context);
        try {
          await this.#vmcompute.raw(`HcsUnregister${kind}Callback`, registration[0]);
        } finally {
          this.#release();
        }
      })());
  }

  #hold(): void {
    if (this.#count++ > 0) return;
    this.#alive = setInterval(() => {}, 2 ** 30);
    this.#callback ??= koffi().register((type: number, context: number | bigint, status: number, data: string | null) => {
      this.#listeners.get(Number(context))?.({ type, status: status >>> 0, data: data ?? undefined });
    }, koffi().pointer('HcsNotification'));
  }

  #release(): void {
    if (--this.#count > 0) return;
    clearInterval(this.#alive);
  }
}

const all = new WeakMap<VmCompute, Notifications>();

export function notificationsOf(vmcompute: VmCompute): Notifications {
  let found = all.get(vmcompute);
  if (!found) all.set(vmcompute, (found = new Notifications(vmcompute)));
  return found;
}
