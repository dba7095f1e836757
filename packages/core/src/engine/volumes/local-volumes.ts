import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, isCaissonError } from '../../errors.js';
import type { StateDatabase } from '../../state/database.js';
import { checkName } from '../containers/names.js';
import type { PruneOptions, Volumes } from '../engine.js';
import type { EventLog } from '../events.js';
import { folderBytes } from '../folder-bytes.js';
import { isPruned } from '../prune-filter.js';
import type { VolumeOptions, VolumeRecord } from './record.js';

type VolumeRow = { name: string; created: number; config: string };
type VolumeConfig = Pick<VolumeRecord, 'anonymous' | 'labels' | 'options'>;

/** Volumes as folders below the data root. */
export class LocalVolumes implements Volumes {
  readonly #db: StateDatabase;
  readonly #folder: string;
  readonly #events: EventLog;

  constructor(db: StateDatabase, folder: string, events: EventLog) {
    this.#db = db;
    this.#folder = folder;
    this.#events = events;
  }

  async create(options: VolumeOptions = {}): Promise<VolumeRecord> {
    const anonymous = options.name === undefined;
    const name = options.name === undefined ? randomBytes(32).toString('hex') : checkName('volume', options.name);
    const unknown = Object.keys(options.options ?? {}).filter((key) => !['type', 'device', 'o'].includes(key));
    if (unknown.length) throw new CaissonError('invalid-argument', `the local volume driver has no option ${unknown.join(', ')}`, { hint: 'it knows type, device and o' });
    const config: VolumeConfig = { anonymous, labels: options.labels ?? {}, options: options.options ?? {} };
    try {
      mkdirSync(join(this.#folder, name, '_data'), { recursive: true, mode: 0o755 });
    } catch (error) {
      throw fromSystemError(error, `creating the volume ${name}`);
    }
    if (this.#db.run("INSERT OR IGNORE INTO volumes (name, created, driver, config) VALUES (?, ?, 'local', ?)", name, Date.now(), JSON.stringify(config)) > 0)
      this.#events.record('volume', 'create', name);
    return this.get(name);
  }

  /** For a container: the volume of that name, made if need be; without a name a new anonymous one. */
  async use(name: string | undefined): Promise<VolumeRecord> {
    return (name === undefined ? undefined : this.#find(name)) ?? this.create(name === undefined ? {} : { name });
  }

  async list(): Promise<readonly VolumeRecord[]> {
    return this.#db.all<VolumeRow>('SELECT name, created, config FROM volumes ORDER BY name').map((row) => this.#record(row));
  }

  async get(name: string): Promise<VolumeRecord> {
    const record = this.#find(name);
    if (!record) throw new CaissonError('not-found', `No such volume: ${name.slice(0, 200)}`, { hint: 'caisson volume ls lists all there are' });
    return record;
  }

  async remove(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    if (!this.#find(name)) {
      if (force) return;
      await this.get(name);
    }
    this.#db.transaction(() => {
      const users = this.users(name);
      if (users.length) throw new CaissonError('in-use', `the volume ${name} is used by ${users.join(', ')}`, { hint: 'remove the containers first', details: { containers: users } });
      this.#db.run('DELETE FROM volumes WHERE name = ?', name);
      // Out of sight while the lock is held, so that nobody can take up a volume that is being emptied.
      try {
        renameSync(join(this.#folder, name), this.#trash(name));
      } catch {
        // Its folder had gone already.
      }
    });
    rmSync(this.#trash(name), { recursive: true, force: true });
    this.#events.record('volume', 'destroy', name);
  }

  async prune({ all = false, ...options }: PruneOptions & { all?: boolean } = {}): Promise<{ readonly volumes: readonly string[]; readonly bytes: number }> {
    const removed: string[] = [];
    let bytes = 0;
    for (const volume of await this.list()) {
      if (!(all || volume.anonymous) || this.users(volume.name).length || !isPruned(options, volume)) continue;
      const own = folderBytes(join(volume.mountpoint, '..'));
      try {
        await this.remove(volume.name, { force: true });
      } catch (error) {
        if (isCaissonError(error, 'in-use')) continue; // taken meanwhile
        throw error;
      }
      bytes += own;
      removed.push(volume.name);
    }
    this.#events.recordPrune('volume', bytes);
    return { volumes: removed, bytes };
  }

  /** Names of the containers that use it. */
  users(name: string): string[] {
    return this.#db.all<{ name: string }>('SELECT c.name FROM volume_uses u JOIN containers c ON c.id = u.container WHERE u.volume = ? ORDER BY c.name', name).map((row) => row.name);
  }

  /** A volume's name may be as long as a file's. */
  #trash(name: string): string {
    return join(this.#folder, `.removed-${process.pid}-${hash('sha256', name, 'hex').slice(0, 32)}`);
  }

  #find(name: string): VolumeRecord | undefined {
    const row = this.#db.get<VolumeRow>('SELECT name, created, config FROM volumes WHERE name = ?', name);
    return row && this.#record(row);
  }

  #record({ name, created, config }: VolumeRow): VolumeRecord {
    return { name, created: new Date(created), driver: 'local', mountpoint: join(this.#folder, name, '_data'), ...(JSON.parse(config) as VolumeConfig) };
  }
}
