import { createServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Daemon } from '../daemon.js';
import { PlainConnection } from './connection.js';
import { controlService } from './control.js';
import { gatewayService } from './gateway.js';
import { Control } from './pb/control_pb.js';
import { LLBBridge } from './pb/gateway_pb.js';
import { SolveTable } from './solve-table.js';

/** BuildKit's API to its clients, each on a connection of its own. */
export class GrpcServer {
  readonly #accept: (connection: Duplex) => void;

  constructor(daemon: Daemon) {
    const solves = new SolveTable();
    const server = createServer(
      connectNodeAdapter({
        grpc: true,
        grpcWeb: false,
        connect: false,
        acceptCompression: [],
        routes: (router) => {
          router.service(Control, controlService(daemon, solves));
          router.service(LLBBridge, gatewayService(solves));
        },
      }),
    );
    server.on('sessionError', () => {}); // a client that breaks the protocol, or has gone
    this.#accept = (connection) => void server.emit('connection', connection);
  }

  serve(socket: Duplex, head: Uint8Array): void {
    this.#accept(new PlainConnection(socket, head));
  }
}
