import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientSession } from './client-session.js';

/** A socket on this host behind which is a client's SSH agent. Each connection is one call on the client's side. */
export class AgentSocket implements Disposable {
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(folder: string, server: Server) {
    this.#folder = folder;
    this.path = join(folder, 'agent.sock');
    this.#server = server;
  }

  static async open(session: ClientSession, id: string): Promise<AgentSocket> {
    const agent: AgentSocket = new AgentSocket(
      mkdtempSync(join(tmpdir(), 'caisson-agent-')),
      createServer({ allowHalfOpen: true }, (socket) => void agent.#forward(session, id, socket)),
    );
    await new Promise<void>((resolve, reject) => agent.#server.once('error', reject).listen(agent.path, resolve));
    return agent;
  }

  async #forward(session: ClientSession, id: string, socket: Socket): Promise<void> {
    this.#open.add(socket);
    const ended = new AbortController();
    socket.once('close', () => {
      this.#open.delete(socket);
      ended.abort();
    });
    socket.on('error', () => socket.destroy());
    try {
      const answers = session.agents.forwardAgent(pieces(socket), { headers: { 'buildkit.ssh.id': id }, signal: AbortSignal.any([ended.signal, session.gone]) });
      for await (const { data } of answers) if (!socket.write(data)) await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', resolve));
      socket.end();
    } catch {
      // The step sees an agent that has gone.
      socket.destroy();
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function* pieces(socket: Socket): AsyncGenerator<{ data: Uint8Array }, void> {
  for await (const data of socket as AsyncIterable<Buffer>) yield { data };
}
