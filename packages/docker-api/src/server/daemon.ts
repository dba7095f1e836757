import type { Engine } from '@caisson/core';
import { BuildTable } from './build-table.js';
import type { ContextFolders, GrpcServer } from './buildkit/index.js';
import { ExecTable } from './exec-table.js';
import { Turn } from './http/turn.js';
import { ImageFacts } from './image-facts.js';
import { SessionTable } from './session-table.js';

/** What the server says of itself beside what the engine does. All of it may change while it runs (SIGHUP). */
export interface DaemonSettings {
  /** `com.example.key=value` */
  readonly labels: readonly string[];
  readonly debug: boolean;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly addressPools: readonly { readonly base: string; readonly size: number }[];
  readonly logDriver: string;
  /** Clients that ask which way to build are told of BuildKit's; else of the older one, `POST /build` with a context. Both work. */
  readonly buildKit: boolean;
}

export const defaultSettings: DaemonSettings = { labels: [], debug: false, registryMirrors: [], insecureRegistries: [], addressPools: [], logDriver: 'json-file', buildKit: true };

/** What all requests share: the engine, and the execs that have been created through this server. */
export class Daemon {
  readonly engine: Engine;
  readonly execs = new ExecTable();
  readonly turn = new Turn();
  readonly sessions = new SessionTable();
  readonly builds = new BuildTable();
  readonly imageFacts: ImageFacts;
  settings: DaemonSettings;
  /** Clients that follow events. */
  listeners = 0;
  readonly started = new Date();

  readonly #closing = new AbortController();
  #dataRoot: Promise<string> | undefined;
  #folders: Promise<ContextFolders> | undefined;
  #grpc: Promise<GrpcServer> | undefined;

  constructor(engine: Engine, settings: DaemonSettings = defaultSettings) {
    this.engine = engine;
    this.imageFacts = new ImageFacts(engine);
    this.settings = settings;
  }

  /** Aborted when the server is to end: what follows something for ever ends then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort(new Error('the daemon is ending'));
  }

  /** BuildKit's API, for clients that ask for it. */
  async grpc(): Promise<GrpcServer> {
    return (this.#grpc ??= import('./buildkit/index.js').then(({ GrpcServer }) => new GrpcServer(this)));
  }

  /** Where the files of builds' clients are put. */
  async contextFolders(): Promise<ContextFolders> {
    return (this.#folders ??= this.#openFolders());
  }

  async #openFolders(): Promise<ContextFolders> {
    const { ContextFolders } = await import('./buildkit/index.js');
    const { dataRoot } = await this.engine.system.info();
    return new ContextFolders(dataRoot === '' ? undefined : dataRoot);
  }

  /** Where a container's own files are on this host. */
  async containerFolder(id: string): Promise<string | undefined> {
    this.#dataRoot ??= this.engine.system.info().then(({ dataRoot }) => dataRoot);
    const dataRoot = await this.#dataRoot;
    return dataRoot === '' ? undefined : `${dataRoot}/containers/${id}`;
  }
}
