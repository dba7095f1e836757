import { pipeline } from 'node:stream/promises';
import { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { Endpoint } from '@caisson/docker-api/client';
import { defineCommand, type Cli } from '../cli.js';
import { usualDaemon } from '../engine/daemon-socket.js';

/**
 * One connection to the engine's API on standard input and output, for clients that come by ssh. With no host chosen it is the daemon's, where
 * one listens on its usual socket; else this very process serves it, so that no daemon is needed.
 */
export default defineCommand({
  configure(command) {
    command.addHelpText('after', '\nThis is what ssh:// hosts are reached through.\n\nExample:\n  ssh host caisson system dial-stdio\n');
  },
  async run(cli) {
    const endpoint = cli.remote?.engine.client.endpoint ?? (await ownDaemon(cli));
    if (!endpoint) return serve(cli);
    const { connect } = await import('@caisson/docker-api/client');
    const connection = connect(endpoint);
    const there = pipeline(process.stdin, connection, { end: true }).catch((error: unknown) => {
      if (!connection.destroyed) throw error;
    });
    await pipeline(connection, process.stdout, { end: false });
    process.stdin.destroy();
    await there.catch(() => {}); // our input was ended by ourselves
    return 0;
  },
});

async function ownDaemon(cli: Cli): Promise<Endpoint | undefined> {
  const path = await usualDaemon(cli.globals);
  return path === undefined ? undefined : { kind: 'unix', path };
}

async function serve(cli: Cli): Promise<number> {
  const [{ createServer }, { ApiServer, Daemon }, { default: packageJson }] = await Promise.all([import('node:http'), import('@caisson/docker-api/server'), import('../../package.json', { with: { type: 'json' } })]);
  const api = new ApiServer(new Daemon(cli.local), { version: packageJson.version });
  const server = createServer(api.request).on('upgrade', api.upgrade);
  const connection = Duplex.from({ readable: process.stdin, writable: process.stdout });
  const closed = once(connection, 'close');
  server.emit('connection', connection);
  await closed;
  return 0;
}
