import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, badRequest } from './http/api-error.js';
import type { ClientSession } from './buildkit/client-session.js';

/** What a client says of itself as it opens a session. */
export interface SessionHeaders {
  readonly id: string;
  readonly sharedKey: string;
  /** What can be called on its side: `/moby.filesync.v1.FileSync/DiffCopy`. */
  readonly methods: readonly string[];
}

/** @throws ApiError 400 */
export function readSessionHeaders(headers: IncomingHttpHeaders): SessionHeaders {
  const one = (name: string) => {
    const value = headers[`x-docker-expose-session-${name}`];
    return typeof value === 'string' ? value : '';
  };
  const id = one('uuid');
  if (id === '' || id.length > 200) throw badRequest('the session has no ID (X-Docker-Expose-Session-Uuid)');
  return { id, sharedKey: one('sharedkey').slice(0, 1000), methods: one('grpc-method').split(',').map((method) => method.trim()) };
}

/** Milliseconds that a build waits for the session it names, which its client may open after it. */
const patience = 5000;

/** The sessions of clients that are connected now. */
export class SessionTable {
  readonly #sessions = new Map<string, ClientSession>();
  readonly #waiting = new Set<() => void>();

  /** @throws ApiError 409 */
  add(session: ClientSession): void {
    if (this.#sessions.has(session.id)) throw new ApiError(409, `session ${session.id} already exists`);
    this.#sessions.set(session.id, session);
    session.gone.addEventListener('abort', () => this.#sessions.delete(session.id), { once: true });
    for (const look of this.#waiting) look();
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** @throws ApiError 400 where no client opens it in time */
  async get(id: string, signal: AbortSignal): Promise<ClientSession> {
    return this.#sessions.get(id) ?? this.#come(id, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
  }

  async #come(id: string, signal: AbortSignal): Promise<ClientSession> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', give);
      };
      const look = () => {
        const session = this.#sessions.get(id);
        if (!session) return;
        end();
        resolve(session);
      };
      const give = () => {
        end();
        reject(badRequest(`no active session for ${id.slice(0, 200)}`));
      };
      this.#waiting.add(look);
      if (signal.aborted) give();
      else signal.addEventListener('abort', give, { once: true });
    });
  }
}
