import type { Duplex } from 'node:stream';
import { CaissonError, type RegistryCredentials } from '@caisson/core';
import { Code, ConnectError, createClient, type Client, type Transport } from '@connectrpc/connect';
import type { SessionHeaders } from '../session-table.js';
import { PlainConnection } from './connection.js';
import { Auth } from './pb/auth_pb.js';
import { FileSend, FileSync } from './pb/fsutil_pb.js';
import { Secrets } from './pb/secrets_pb.js';
import { SSH } from './pb/ssh_pb.js';
import { openTransport } from './transport.js';

/**
 * A client of builds on its own connection, on which it is the one that is called: for files, secrets, credentials and SSH agents. It says
 * at the start which of these it has. It lasts as long as the connection.
 */
export class ClientSession {
  readonly id: string;
  /** The same for each build of one folder of one client; empty where the client does not say. */
  readonly sharedKey: string;
  readonly transport: Transport;
  readonly #methods: ReadonlySet<string>;
  readonly #gone = new AbortController();
  readonly #close: () => void;

  constructor(headers: SessionHeaders, socket: Duplex, head: Uint8Array) {
    this.id = headers.id;
    this.sharedKey = headers.sharedKey;
    this.#methods = new Set(headers.methods.map((method) => method.toLowerCase()));
    const connection = new PlainConnection(socket, head);
    const { transport, close } = openTransport(connection);
    this.transport = transport;
    this.#close = () => {
      this.#gone.abort(new CaissonError('cancelled', 'the client has gone'));
      close();
    };
    connection.once('close', this.#close);
  }

  /** Aborted at the end of the connection. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    this.#close();
  }

  get files(): Client<typeof FileSync> {
    this.#need('/moby.filesync.v1.FileSync/DiffCopy', 'gives no files');
    return createClient(FileSync, this.transport);
  }

  get fileTarget(): Client<typeof FileSend> {
    this.needFileTarget();
    return createClient(FileSend, this.transport);
  }

  /** @throws CaissonError `unsupported` */
  needFileTarget(): void {
    this.#need('/moby.filesync.v1.FileSend/diffcopy', 'takes no files');
  }

  async secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (!this.#has('/moby.buildkit.secrets.v1.Secrets/GetSecret')) return undefined;
    const answer = await found(createClient(Secrets, this.transport).getSecret({ id }, { signal }), `asking for the secret ${JSON.stringify(id)}`);
    return answer?.data;
  }

  async hasAgent(id: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#has('/moby.sshforward.v1.SSH/CheckAgent')) return false;
    // Clients answer with a status of no meaning for an agent that they do not have.
    const answer = await found(createClient(SSH, this.transport).checkAgent({ id }, { signal }), `asking for the SSH agent ${JSON.stringify(id)}`, [Code.NotFound, Code.Unknown]);
    return answer !== undefined;
  }

  get agents(): Client<typeof SSH> {
    return createClient(SSH, this.transport);
  }

  async credentials(registry: string): Promise<RegistryCredentials | undefined> {
    if (!this.#has('/moby.filesync.v1.Auth/Credentials')) return undefined;
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    const answer = await found(createClient(Auth, this.transport).credentials({ host }, { signal: this.gone }), `asking for the credentials of ${registry}`);
    if (!answer || answer.secret === '') return undefined;
    return answer.username === '' ? { identityToken: answer.secret } : { username: answer.username, password: answer.secret };
  }

  #has(method: string): boolean {
    return this.#methods.has(method.toLowerCase());
  }

  #need(method: string, what: string): void {
    if (!this.#has(method)) throw new CaissonError('unsupported', `the client of this build ${what}`);
  }
}

/** Undefined for what the client does not have. */
async function found<T>(answer: Promise<T>, doing: string, absent: readonly Code[] = [Code.NotFound]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConnectError && absent.includes(error.code)) return undefined;
    throw sessionError(error, doing);
  }
}

/** What went wrong on the client's side, in its own words. */
export function sessionError(error: unknown, doing: string): CaissonError {
  if (error instanceof CaissonError) return error;
  const { rawMessage, code } = ConnectError.from(error);
  const gone = code === Code.Canceled || code === Code.Unavailable || code === Code.Aborted;
  return gone ? new CaissonError('cancelled', `the client has gone, ${doing}`, { cause: error }) : new CaissonError('invalid-argument', `${doing}: ${rawMessage}`, { cause: error });
}
