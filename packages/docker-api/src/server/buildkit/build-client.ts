import type { BuildClient } from '@caisson/core';
import { AgentSocket } from './agent-socket.js';
import type { ClientSession } from './client-session.js';

/** What a session's client has for a build; disposing closes the sockets of its agents. */
export class SessionBuildClient implements BuildClient, Disposable {
  readonly #session: ClientSession;
  readonly #agents = new Map<string, Promise<AgentSocket | undefined>>();
  readonly #opened: AgentSocket[] = [];

  constructor(session: ClientSession) {
    this.#session = session;
  }

  secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#session.secret(id, signal);
  }

  async agent(id: string, signal: AbortSignal): Promise<string | undefined> {
    let agent = this.#agents.get(id);
    if (!agent) this.#agents.set(id, (agent = this.#open(id, signal)));
    return (await agent)?.path;
  }

  async #open(id: string, signal: AbortSignal): Promise<AgentSocket | undefined> {
    if (!(await this.#session.hasAgent(id, signal))) return undefined;
    const agent = await AgentSocket.open(this.#session, id);
    this.#opened.push(agent);
    return agent;
  }

  credentials(registry: string): ReturnType<BuildClient['credentials']> {
    return this.#session.credentials(registry);
  }

  [Symbol.dispose](): void {
    for (const agent of this.#opened) agent[Symbol.dispose]();
  }
}
