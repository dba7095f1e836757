import { CaissonError } from '../../errors.js';
import type { Healthcheck } from '../../model/image-config.js';
import type { Digest } from '../../model/digest.js';
import type { ContainerMount, ProcessSpec, PublishedPort } from '../../runtime/index.js';
import type { StateDatabase } from '../../state/database.js';
import type { ContainerOptions } from './options.js';

export type ContainerStatus = 'created' | 'running' | 'paused' | 'exited' | 'removing';

export interface ContainerRecord extends ContainerConfig {
  readonly id: string;
  readonly name: string;
  readonly created: Date;
  readonly image: { readonly name: string; readonly id: Digest; readonly target: Digest };
  readonly status: ContainerStatus;
  readonly state: ContainerState;
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
  readonly networks: readonly ContainerEndpoint[];
}

export interface ContainerEndpoint {
  readonly network: string;
  readonly networkId: string;
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly macAddress: string;
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
    throw new CaissonError('not-found', `no such container: ${nameOrId.slice(0, 200)}`, { hint: 'caisson ps -a lists all there are' });
  }

  update(id: string, status: ContainerStatus, change: Partial<ContainerState>): void {
    this.#db.transaction(() => {
      const now = this.byId(id);
      if (now) this.#db.run('UPDATE containers SET status = ?, state = ? WHERE id = ?', status, JSON.stringify({ ...now.state, ...change }), id);
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
