import { pipeline } from 'node:stream/promises';
import { connect } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { sharedDaemon } from '../engine/daemon-socket.js';

/**
 * One connection to the engine's API on standard input and output, for clients that come by ssh. With no host chosen it is the daemon's, where
 * one listens on its usual socket; else that of a daemon which ends by itself when it has had nothing to do for a while.
 */
export default defineCommand({
  configure(command) {
    command.addHelpText('after', '\nThis is what ssh:// hosts are reached through. No daemon need run there.\n\nExample:\n  ssh host caisson system dial-stdio\n');
  },
  async run(cli) {
    const connection = connect(cli.remote?.engine.client.endpoint ?? { kind: 'unix', path: await sharedDaemon(cli.globals) });
    const there = pipeline(process.stdin, connection, { end: true }).catch((error: unknown) => {
      if (!connection.destroyed) throw error;
    });
    await pipeline(connection, process.stdout, { end: false });
    process.stdin.destroy();
    await there.catch(() => {}); // our input was ended by ourselves
    return 0;
  },
});
