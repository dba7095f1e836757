import { CaissonError } from '../../errors.js';
import type { Healthcheck } from '../../model/image-config.js';
import type { Digest } from '../../model/digest.js';
import type { ContainerMount, ProcessSpec, PublishedPort } from '../../runtime/index.js';
import type { StateDatabase } from '../../state/database.js';
import type { NetworkAttachment } from './attachments.js';
import type { ContainerOptions } from './options.js';
import type { ContainerSummary } from './summary.js';

export type ContainerStatus = 'created' | 'running' | 'paused' | 'exited' | 'removing';

export interface ContainerRecord extends ContainerConfig, Pick<ContainerSummary, 'statusText' | 'size'> {
  readonly id: string;
  readonly name: string;
  readonly created: Date;
  readonly image: { readonly name: string; readonly id: Digest; readonly target: Digest };
  readonly status: ContainerStatus;
  readonly state: ContainerState;
  /** What it was not given of all that was asked for: only where it has just been created. */
  readonly warnings?: readonly string[];
}

/** What is fixed when the container is created: the request, and what it came to with the image's defaults. */
export interface ContainerConfig {
  readonly options: ContainerOptions;
  readonly process: ProcessSpec;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: string;
  readonly exposed: readonly string[];
  readonly mounts: readonly ResolvedMount[];
  readonly healthcheck?: Healthcheck;
  /** Of a Windows image: the version of Windows that it is for. */
  readonly osVersion?: string;
  /** What runs the CMD-SHELL form of the health check; absent: /bin/sh -c. */
  readonly shell?: readonly string[];
}

export interface ResolvedMount extends ContainerMount {
  /** Of a volume. */
  readonly volume?: string;
  readonly kind: 'bind' | 'volume' | 'tmpfs';
  /** An empty volume gets what the image has there. */
  readonly copyUp?: boolean;
}

/** What changes as the container lives. */
export interface ContainerState {
  readonly pid: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** The boot of the machine that it was last started in. */
  readonly boot?: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why it could not be started, if so. */
  readonly error?: string;
  readonly restarts: number;
  /** `stop` or `kill` was asked for: restart policies then leave it alone. */
  readonly stopRequested: boolean;
  /** Its exit has been recorded, but its removal or restart, if it is to have one, has not been seen to yet. */
  readonly unfinished: boolean;
  readonly ports: readonly PublishedPort[];
  /** Of a container that runs, the one that is its way out first. */
  readonly networks: readonly ContainerEndpoint[];
  /** The networks it is to be in, as connecting and disconnecting have left them; absent: as its options say. */
  readonly attachments?: readonly NetworkAttachment[];
  /** When its restart policy is going to start it again; absent where it is not. */
  readonly restartAt?: string | undefined;
  /** Of a container with a health check that has been started. */
  readonly health?: HealthState;
}

export interface HealthState {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** Failures in a row. */
  readonly failingStreak: number;
  /** The last five, the latest last. */
  readonly log: readonly HealthProbe[];
}

export interface HealthProbe {
  readonly start: string;
  readonly end: string;
  /** -1 where it could not be run to its end. */
  readonly exitCode: number;
  /** At most 4096 bytes. */
  readonly output: string;
}

export interface ContainerEndpoint {
  readonly network: string;
  readonly networkId: string;
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly address6?: string;
  readonly prefix6?: number;
  readonly gateway6?: string;
  readonly macAddress: string;
  /** Absent: eth0. */
  readonly interfaceName?: string;
  /** What the network's other containers find it by. */
  readonly names?: readonly string[];
  /** Of these, what it was given beside its own. */
  readonly aliases?: readonly string[];
  readonly dnsServers?: readonly string[];
}

export const initialState: ContainerState = { pid: 0, exitCode: 0, oomKilled: false, restarts: 0, stopRequested: false, unfinished: false, ports: [], networks: [] };

type ContainerRow = { id: string; name: string; created: number; image: string; image_id: string; image_target: string; config: string; status: string; state: string };

/** The table of containers. */
export class ContainerTable {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  /** @throws the database's own error when the name is taken (see `isTaken`). */
  insert({ id, name, created, image, status, state, ...config }: ContainerRecord): void {
    this.#db.run(
      'INSERT INTO containers (id, name, created, image, image_id, image_target, config, status, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      name,
      created.getTime(),
      image.name,
      image.id,
      image.target,
      JSON.stringify(config),
      status,
      JSON.stringify(state),
    );
  }

  list(): ContainerRecord[] {
    return this.#db.all<ContainerRow>('SELECT * FROM containers ORDER BY created DESC, id').map(record);
  }

  byId(id: string): ContainerRecord | undefined {
    const row = this.#db.get<ContainerRow>('SELECT * FROM containers WHERE id = ?', id);
    return row && record(row);
  }

  /** By name, ID or unambiguous ID prefix, in docker's order. @throws CaissonError `not-found`, `invalid-argument` when ambiguous. */
  find(nameOrId: string): ContainerRecord {
    const row = this.#db.get<ContainerRow>('SELECT * FROM containers WHERE name = ?1 OR id = ?1', nameOrId.replace(/^\//, ''));
    if (row) return record(row);
    const rows = /^[0-9a-f]+$/.test(nameOrId) ? this.#db.all<ContainerRow>(`SELECT * FROM containers WHERE id >= ?1 AND id < ?1 || 'g'`, nameOrId) : [];
    if (rows.length > 1) throw new CaissonError('invalid-argument', `several containers have an ID that begins with ${nameOrId}`, { hint: 'give more digits' });
    if (rows[0]) return record(rows[0]);
    throw new CaissonError('not-found', `No such container: ${nameOrId.slice(0, 200)}`, { hint: 'caisson ps -a lists all there are' });
  }

  update(id: string, status: ContainerStatus, change: Partial<ContainerState>): void {
    this.#db.transaction(() => {
      const now = this.byId(id);
      if (now) this.#db.run('UPDATE containers SET status = ?, state = ? WHERE id = ?', status, JSON.stringify({ ...now.state, ...change }), id);
    });
  }

  /** Changes a part of the state, and leaves the status as it is. */
  change(id: string, change: Partial<ContainerState>): void {
    this.#db.transaction(() => {
      const now = this.byId(id);
      if (now) this.#db.run('UPDATE containers SET state = ? WHERE id = ?', JSON.stringify({ ...now.state, ...change }), id);
    });
  }

  /** Changes what was asked for, as `update` may. */
  changeOptions(id: string, change: Partial<ContainerOptions>): void {
    this.#db.transaction(() => {
      const config = this.#db.get<{ config: string }>('SELECT config FROM containers WHERE id = ?', id)?.config;
      if (config === undefined) return;
      const now = JSON.parse(config) as ContainerConfig;
      this.#db.run('UPDATE containers SET config = ? WHERE id = ?', JSON.stringify({ ...now, options: { ...now.options, ...change } }), id);
    });
  }

  /** @throws the database's own error when the name is taken. */
  rename(id: string, name: string): void {
    this.#db.run('UPDATE containers SET name = ? WHERE id = ?', name, id);
  }

  delete(id: string): void {
    this.#db.run('DELETE FROM containers WHERE id = ?', id);
  }

  usersOfImage(target: Digest): ContainerRecord[] {
    return this.#db.all<ContainerRow>('SELECT * FROM containers WHERE image_target = ?', target).map(record);
  }
}

function record(row: ContainerRow): ContainerRecord {
  return {
    ...(JSON.parse(row.config) as ContainerConfig),
    id: row.id,
    name: row.name,
    created: new Date(row.created),
    image: { name: row.image, id: row.image_id as Digest, target: row.image_target as Digest },
    status: row.status as ContainerStatus,
    state: JSON.parse(row.state) as ContainerState,
  };
}
