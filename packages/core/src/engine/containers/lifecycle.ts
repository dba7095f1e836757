import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError, isCaissonError } from '../../errors.js';
import type { AttachOptions, ExitStatus, Process } from '../../runtime/runtime.js';
import { lockFile, tryLock } from '../../state/file-lock.js';
import { bootId } from '../../state/process-identity.js';
import type { Cancellable, ConnectOptions } from '../engine.js';
import { Attendance } from '../attendant/attendance.js';
import type { EventLog } from '../events.js';
import { startingHealth } from '../health/health-state.js';
import { logSettings, logSource, needsKeeping, requireJournal } from '../logging/settings.js';
import type { Joining, LocalNetworks } from '../networks/local-networks.js';
import type { NetworkRecord } from '../networks/record.js';
import type { EngineParts, RuntimeParts } from '../parts.js';
import type { LocalVolumes } from '../volumes/local-volumes.js';
import { containerFolder } from './create.js';
import { EarlyAttachments } from './early-attach.js';
import { parseLink } from './attachments.js';
import { Connections } from './connections.js';
import { asExited, endOf, exitOf, nextStart } from './exited.js';
import { writeEtcFiles, type Linked } from './files.js';
import { namespacesOf } from './namespaces.js';
import { namedDevices } from './named-devices.js';
import { proveSnapshots } from './prove.js';
import { removeAnonymous, removeRest } from './removal.js';
import { ContainerTable, type ContainerRecord } from './record.js';
import { containerSpec } from './spec.js';
import { copyUpVolumes } from './copy-up.js';

interface StartOptions extends Cancellable {
  readonly attach?: AttachOptions;
  /** How often its policy has started it again, this time included. */
  readonly restarts?: number;
  /** Only if its next start is still the one that was to be at this time. */
  readonly due?: string;
}

/**
 * Starts and ends containers. Each change of one container is made under its lock, by whichever process it is: the command in the
 * foreground, the monitor's exit hook, or a later command that finds a container dead. All of them may be killed at any point; the
 * next one brings record, runtime and network together again.
 */
export class Lifecycle implements Joining {
  readonly #parts: EngineParts;
  readonly #connections: Connections;
  readonly #volumes: LocalVolumes;
  readonly #events: EventLog;
  readonly table: ContainerTable;
  readonly attendance: Attendance;
  readonly early = new EarlyAttachments();
  /** Ends the watch over what this process supervises. */
  readonly #leave = new AbortController();

  constructor(parts: EngineParts, networks: LocalNetworks, volumes: LocalVolumes, events: EventLog) {
    this.#parts = parts;
    this.#volumes = volumes;
    this.#events = events;
    this.table = new ContainerTable(parts.db);
    this.attendance = new Attendance(parts.paths.runRoot, parts.attend && (() => parts.attend?.()));
    this.#connections = new Connections(parts, networks, events, this.table);
  }

  /** Runs `body` with the container's lock held, and its record as it is then. */
  async locked<T>(id: string, body: (record: ContainerRecord) => Promise<T>, call: Cancellable = {}): Promise<T> {
    using _lock = await lockFile(this.#lockPath(id), call);
    return await body(this.table.find(id)); // awaited here: the lock is given back when this function returns
  }

  #lockPath(id: string): string {
    return join(this.#parts.paths.runRoot, 'locks', id);
  }

  /**
   * Makes everything ready and runs the program; quietly nothing when it runs. With `attach`, a client is attached before the program's
   * first instruction, so that no output is missed.
   */
  async start(id: string, options: StartOptions = {}): Promise<Process | undefined> {
    const host = await this.#parts.runtime();
    const client = await this.locked(id, async (found) => {
      const record = await this.settle(host, found);
      if (record.status === 'removing') throw new CaissonError('in-use', `container ${record.name} is being removed`);
      if (record.status === 'paused') throw new CaissonError('in-use', `container ${record.name} is paused`, { hint: `caisson unpause ${record.name}` });
      if (options.due !== undefined && (record.status !== 'exited' || record.state.restartAt !== options.due || record.state.stopRequested)) return undefined;
      if (record.status === 'running') return options.attach ? host.runtime.attach(id, options.attach) : undefined;
      try {
        return await this.#startStopped(host, record, options);
      } catch (error) {
        await this.#giveBack(host, id);
        this.early.fail(id, error);
        this.table.update(id, record.status, { error: error instanceof Error ? error.message : String(error), unfinished: false, restartAt: undefined, ...(record.status === 'created' ? {} : { exitCode: 128 }) });
        throw error;
      }
    }, options);
    // What other starts hold that were killed is given back by the way: nobody else may come by for long.
    await this.clearAbandoned(host).catch(() => []);
    return client;
  }

  async #startStopped(host: RuntimeParts, record: ContainerRecord, { signal, attach, restarts = 0 }: StartOptions): Promise<Process | undefined> {
    const { id } = record;
    const call = signal ? { signal } : {};
    const folder = containerFolder(this.#parts, id);
    await proveSnapshots(this.#parts, host, record);
    const rootfs = await host.snapshotter.mounts(id);
    const networks = await this.#connections.prepare(host, record);
    await copyUpVolumes(host, record, rootfs);
    const logging = logSettings(record.options);
    if (logging.kept === 'journal') requireJournal();
    if (record.healthcheck || needsKeeping(logging)) this.attendance.request(id);
    await host.runtime.create(
      containerSpec(record, {
        rootfs,
        etcFiles: writeEtcFiles(folder, record, {
          endpoints: networks.joined.map(({ endpoint }) => endpoint),
          links: this.#linked(record),
          ...(networks.sharedWith === undefined ? {} : { sharedFolder: containerFolder(this.#parts, networks.sharedWith) }),
        }),
        networkNamespace: networks.namespace,
        publishedPorts: networks.ports.length > 0 ? networks.ports : undefined,
        namespaces: await namespacesOf(host, this.table, record),
        logPath: logging.kept === 'files' ? join(folder, 'log') : undefined,
        journalTag: logging.kept === 'journal' ? logSource(record).tag : undefined,
        exitCommand: this.#parts.exitCommand(id),
        named: namedDevices(host, record),
      }),
      // Whoever stays attached tidies up after the exit, and the monitor's exit hook only if it has died by then.
      { ...call, supervised: attach !== undefined || this.#parts.resident === true },
    );
    await this.#connections.join(host, record, networks);
    const client = attach && (await host.runtime.attach(id, attach));
    await this.early.join(id, (wanted) => host.runtime.attach(id, wanted));
    // Before it has begun: a short one may have ended when `start` returns.
    const startedAt = new Date().toISOString();
    try {
      await host.runtime.start(id, call);
    } catch (error) {
      await client?.[Symbol.asyncDispose]();
      throw error;
    }
    // The exit, if there has been one by now, is found by whoever looks next: the exit hook waits for this lock.
    const state = await host.runtime.state(id);
    this.table.update(id, 'running', {
      pid: state?.pid ?? 0,
      startedAt,
      boot: bootId(),
      exitCode: 0,
      oomKilled: false,
      error: '',
      stopRequested: false,
      unfinished: false,
      restarts,
      restartAt: undefined,
      ...(record.healthcheck ? { health: startingHealth } : {}),
      ports: networks.ports,
      networks: networks.joined.map(({ endpoint }) => endpoint),
    });
    this.#events.record('container', 'start', id, eventAttributes(record));
    if (this.#parts.resident) this.#watchOver(host, id);
    return client;
  }

  /** A process that stays does what is to be done after an exit itself, sooner than an exit hook could. When it ends, hooks take over. */
  #watchOver(host: RuntimeParts, id: string): void {
    const ended = host.runtime.wait(id, { signal: this.#leave.signal });
    // Whatever fails here is found, and told, by whoever looks at the container next.
    ended.then(() => this.finish(id)).catch(() => {});
  }

  /** Lets go of the containers that this process has started: they run on. */
  leave(): void {
    this.#leave.abort();
  }

  /** The containers that it is linked to, which must run. */
  #linked({ name, options }: ContainerRecord): Linked[] {
    return (options.links ?? []).map((text) => {
      const link = parseLink(text);
      const other = this.table.find(link.container);
      const [endpoint] = other.state.networks;
      if (!endpoint) throw new CaissonError('in-use', `container ${other.name}, which ${name} is linked to, does not run on a network`, { hint: `caisson start ${other.name}` });
      return { alias: link.alias, name: other.name, address: endpoint.address };
    });
  }

  async connectNetwork(container: string, network: NetworkRecord, options: ConnectOptions): Promise<void> {
    await this.#settled(container, (host, record) => this.#connections.connect(host, record, network, options));
  }

  async disconnectNetwork(container: string, network: NetworkRecord, { force = false }: { force?: boolean }): Promise<void> {
    await this.#settled(container, (host, record) => this.#connections.disconnect(host, record, network, force));
  }

  /** After a change of its name: networks that answer for names learn of it. */
  async renamed(id: string, oldName: string): Promise<void> {
    const record = this.table.find(id);
    if (record.state.networks.length > 0) await this.#settled(id, (host, now) => this.#connections.rename(host, now, oldName));
  }

  async #settled(container: string, body: (host: RuntimeParts, record: ContainerRecord) => Promise<void>): Promise<void> {
    const host = await this.#parts.runtime();
    await this.locked(this.table.find(container).id, async (found) => body(host, await this.settle(host, found)));
  }

  /**
   * Brings the record up to what the runtime says, under the lock: what has died is cleaned up. Returns the record as it then is.
   * A runtime that knows nothing of a running container means that the machine was started anew.
   */
  async settle(host: RuntimeParts, record: ContainerRecord): Promise<ContainerRecord> {
    if (record.status !== 'running' && record.status !== 'paused') return record;
    const state = await host.runtime.state(record.id);
    if (state && state.status !== 'exited') return record;
    const exit = state?.exit ?? exitOf(record) ?? { code: 255, at: new Date(), oomKilled: false };
    const finishedAt = endOf(exit, record.state).toISOString();
    // Noted before the runtime forgets it: whoever looks in between, or after a kill, knows it from here.
    this.table.change(record.id, { finishedAt, exitCode: exit.code, oomKilled: exit.oomKilled });
    await this.#giveBack(host, record.id);
    this.table.update(record.id, 'exited', { pid: 0, finishedAt, exitCode: exit.code, oomKilled: exit.oomKilled, unfinished: true, ports: [], networks: [], ...(record.state.health ? { health: { ...record.state.health, status: 'unhealthy' } } : {}) });
    if (exit.oomKilled) this.#events.record('container', 'oom', record.id, eventAttributes(record));
    this.#events.record('container', 'die', record.id, { ...eventAttributes(record), exitCode: String(exit.code) });
    return this.table.byId(record.id) ?? record;
  }

  /** Takes back what a start took: runtime state, networks, ports. Safe to repeat. */
  async #giveBack(host: RuntimeParts, id: string): Promise<void> {
    await host.runtime.delete(id, { force: true });
    await this.#connections.giveBack(host, id);
  }

  /**
   * After an exit: cleans up, and then removes or starts the container again as its options say. Called by the foreground command and
   * by the exit hook; whichever comes second finds nothing to do.
   */
  async finish(id: string): Promise<void> {
    const found = this.table.byId(id);
    if (!found) return;
    const host = await this.#parts.runtime();
    // What it has written is gone with its removal: whoever sends it elsewhere is to have done so.
    if (found.options.autoRemove && logSettings(found.options).ships) await this.#exited(host, id);
    const due = await this.locked(id, async (before) => {
      const record = await this.settle(host, before);
      if (record.status !== 'exited' || !record.state.unfinished) return undefined;
      if (record.options.autoRemove) {
        await this.#remove(host, record, true);
        return undefined;
      }
      return nextStart(this.#parts.db, this.table, id);
    }).catch((error: unknown) => {
      if (isCaissonError(error, 'not-found')) return undefined; // removed meanwhile
      throw error;
    });
    if (due) {
      await sleep(Math.max(0, Date.parse(due.at) - Date.now()));
      await this.start(id, { restarts: due.restarts, due: due.at }).catch((error: unknown) => {
        if (!isCaissonError(error, 'not-found')) throw error;
      });
    }
    await host.runtime.release(id);
  }

  /** Waits until the attendant has sent the last of what a container that has ended wrote. */
  async #exited(host: RuntimeParts, id: string): Promise<void> {
    const state = await host.runtime.state(id);
    if (!state || state.status === 'exited') await this.attendance.settled(id);
  }

  /** Containers whose start was killed half-way. */
  async abandoned(host: RuntimeParts): Promise<readonly string[]> {
    const running = this.#parts.db.all<{ id: string }>("SELECT id FROM containers WHERE status IN ('running', 'paused')").map((row) => row.id);
    return (await host.runtime.abandoned?.(new Set(running))) ?? [];
  }

  /** Gives back what starts hold that were killed half-way, and tells whose. Those that somebody is at are left alone. */
  async clearAbandoned(host: RuntimeParts): Promise<string[]> {
    const cleared: string[] = [];
    for (const id of await this.abandoned(host)) {
      const lock = tryLock(this.#lockPath(id));
      if (!lock) continue;
      try {
        await this.#giveBack(host, id);
        cleared.push(id);
      } finally {
        lock[Symbol.dispose]();
      }
    }
    return cleared;
  }

  /** The record, made true first where a look costs little: not waiting for another process that is at it. */
  async refresh(record: ContainerRecord): Promise<ContainerRecord> {
    if (record.status !== 'running' && record.status !== 'paused') return record;
    this.attendance.ensure();
    const state = this.#parts.living?.(record.id) ?? (await (await this.#parts.runtime()).runtime.state(record.id));
    if (state && state.status !== 'exited') return state.status === 'paused' || state.status === 'running' ? { ...record, status: state.status, state: { ...record.state, pid: state.pid } } : record;
    const lock = tryLock(this.#lockPath(record.id));
    if (!lock) return asExited(this.table.byId(record.id) ?? record, state);
    let lost: boolean;
    try {
      const now = this.table.byId(record.id);
      if (!now) return asExited(record, state);
      lost = !state && (now.status === 'running' || now.status === 'paused');
      const settled = await this.settle(await this.#parts.runtime(), now);
      if (!lost) return settled;
    } finally {
      lock[Symbol.dispose]();
    }
    // The machine was started anew: no hook will come to remove it or start it again.
    await this.finish(record.id).catch(() => {}); // why it cannot be started is in its record
    return this.table.byId(record.id) ?? asExited(record, state);
  }

  async wait(id: string, call: Cancellable = {}): Promise<ExitStatus> {
    const record = this.table.find(id);
    if (record.status === 'running' || record.status === 'paused') {
      const { runtime } = await this.#parts.runtime();
      try {
        return await runtime.wait(record.id, call);
      } catch (error) {
        // Whoever saw the exit first has given the runtime's part back by now: the record knows it.
        if (!isCaissonError(error, 'not-found')) throw error;
      }
    }
    const { state } = await this.refresh(this.table.find(id));
    return { code: state.exitCode, at: new Date(state.finishedAt ?? record.created), oomKilled: state.oomKilled };
  }

  async remove(id: string, { force = false, volumes = false }: { force?: boolean; volumes?: boolean }): Promise<void> {
    const host = await this.#parts.runtime();
    await this.locked(id, async (found) => {
      const record = await this.settle(host, found);
      if ((record.status === 'running' || record.status === 'paused') && !force)
        throw new CaissonError('in-use', `container ${record.name} is ${record.status}`, { hint: `stop it first, or remove it with -f: caisson rm -f ${record.name}` });
      await this.#remove(host, record, volumes);
    });
  }

  async #remove(host: RuntimeParts, record: ContainerRecord, volumes: boolean): Promise<void> {
    const { id } = record;
    this.table.update(id, 'removing', { stopRequested: true });
    await this.#giveBack(host, id);
    const used = await removeRest(this.#parts, host, this.table, id);
    this.early.fail(id, new CaissonError('not-found', `container ${record.name} was removed`));
    this.#events.record('container', 'destroy', id, eventAttributes(record));
    if (volumes) await removeAnonymous(this.#volumes, used);
  }
}

export function eventAttributes(record: ContainerRecord): Record<string, string> {
  return { ...record.labels, image: record.image.name, name: record.name };
}
