import { setTimeout as sleep } from 'node:timers/promises';
import { isCaissonError } from '../../errors.js';
import { lockFile } from '../../state/file-lock.js';
import type { EventLog } from '../events.js';
import type { EngineParts, RuntimeParts } from '../parts.js';
import { containerFolder } from '../containers/create.js';
import type { Lifecycle } from '../containers/lifecycle.js';
import type { ContainerRecord } from '../containers/record.js';
import { LogFolder } from '../logging/log-folder.js';
import { LogKeeper } from '../logging/log-keeper.js';
import { LogShipper } from '../logging/log-shipper.js';
import { logSettings, needsKeeping } from '../logging/settings.js';
import { watchFolder } from '../logging/watch-folder.js';
import { HealthMonitor } from '../health/health-monitor.js';
import type { Attendance } from './attendance.js';

/** Another attendant that is about to end gives its lock up within this time. */
const PATIENCE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * One process for each data root that does what running containers need and nobody else is there for: health checks, rotation of logs,
 * and sending them elsewhere. It is begun by the command that starts such a container and outlives it, waits on timers and the file system's word
 * only, and ends when nothing needs it. All it knows is on disk: killed at any point, the next one goes on where it stopped.
 */
export class Attendant {
  readonly #parts: EngineParts;
  readonly #lifecycle: Lifecycle;
  readonly #events: EventLog;
  readonly #attendance: Attendance;
  readonly #attended = new Map<string, Promise<void>>();
  #wake: () => void = () => {};

  constructor(parts: EngineParts, lifecycle: Lifecycle, events: EventLog, attendance: Attendance) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#events = events;
    this.#attendance = attendance;
  }

  /** Resolves when there is nothing left to do, another process does it, or the signal comes. */
  async run(signal: AbortSignal): Promise<void> {
    // Whoever asks after the lock was given up begins another attendant; whoever asked before is found here.
    while (!signal.aborted && this.#attendance.requests().size > 0) {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
      try {
        using _lock = await lockFile(this.#attendance.lockPath, { signal: patience });
        await this.#attend(signal);
      } catch (error) {
        if (isCaissonError(error, 'cancelled')) return;
        throw error;
      }
    }
  }

  async #attend(signal: AbortSignal): Promise<void> {
    const host = await this.#parts.runtime();
    const changes = watchFolder(this.#attendance.folder, { signal });
    this.#wake = () => changes.wake();
    try {
      while (!changes.isOver()) {
        const requests = this.#attendance.requests();
        for (const id of requests.keys()) if (!this.#attended.has(id)) this.#attended.set(id, this.#attendTo(host, id, signal));
        if (this.#attended.size === 0) return;
        await changes.next();
      }
    } finally {
      changes.close();
      await Promise.allSettled(this.#attended.values());
    }
  }

  async #attendTo(host: RuntimeParts, id: string, signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries++) {
      const names = this.#attendance.requests().get(id) ?? [];
      try {
        await this.#attendRun(host, id, signal);
        if (!signal.aborted) this.#attendance.forget(names);
        break;
      } catch (error) {
        if (isCaissonError(error, 'not-found')) {
          this.#attendance.forget(names); // removed meanwhile
          break;
        }
        // A full disk, a database that is locked for long: there is nobody to tell, and it may pass.
        await sleep(Math.min(1000 * 2 ** tries, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {});
      }
    }
    this.#attended.delete(id);
    this.#wake();
  }

  /** From now on, or from where an earlier attendant stopped, to the end of the run. */
  async #attendRun(host: RuntimeParts, id: string, signal: AbortSignal): Promise<void> {
    // A start that is under way holds the lock: after it, the container runs or has failed to.
    const record = await this.#lifecycle.locked(id, async (found) => this.#lifecycle.settle(host, found), { signal });
    const runs = record.status === 'running' || record.status === 'paused';
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop);
    const ended = runs ? host.runtime.wait(id, { signal: over.signal }).catch(() => {}) : Promise.resolve();
    void ended.then(stop);
    try {
      const jobs = [this.#keepLogs(host, record, ended, over.signal, signal)];
      if (runs && record.healthcheck) jobs.push(new HealthMonitor(host.runtime, this.#lifecycle.table, this.#events, record, record.healthcheck).run(over.signal));
      await Promise.all(jobs);
      await ended;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  async #keepLogs(host: RuntimeParts, record: ContainerRecord, ended: Promise<unknown>, over: AbortSignal, signal: AbortSignal): Promise<void> {
    const settings = logSettings(record.options);
    if (!needsKeeping(settings)) return;
    const folder = new LogFolder(containerFolder(this.#parts, record.id));
    const jobs: Promise<void>[] = [];
    if (settings.maxSize !== undefined) jobs.push(new LogKeeper(folder, settings, () => host.runtime.reopenLog?.(record.id)).run(over));
    // Goes on after the exit until all is sent.
    if (settings.ships) jobs.push(new LogShipper(folder, settings.ships, record).run(ended, signal));
    await Promise.all(jobs);
  }
}
