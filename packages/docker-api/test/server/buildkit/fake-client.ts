import { createServer } from 'node:http2';
import { duplexPair } from 'node:stream';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { ClientSession } from '../../../src/server/buildkit/client-session.js';
import { FileSync, Packet_Type as Type, type Packet, type PacketSchema } from '../../../src/server/buildkit/pb/fsutil_pb.js';

/** A session whose client is here: what it serves is up to the test. */
export function fakeSession(serve: (router: ConnectRouter) => void, methods: readonly string[] = ['/moby.filesync.v1.FileSync/DiffCopy']): ClientSession & AsyncDisposable {
  const [ours, theirs] = duplexPair();
  const server = createServer(connectNodeAdapter({ routes: serve }));
  server.emit('connection', theirs);
  const session = new ClientSession({ id: 'test', sharedKey: '', methods }, ours, Buffer.alloc(0));
  return Object.assign(session, {
    async [Symbol.asyncDispose]() {
      session.close();
      theirs.destroy();
      server.close();
    },
  });
}

export type Sent = MessageInitShape<typeof PacketSchema>;

/** A client that tells what it is given, and then answers each packet as `answer` says. */
export function fakeFiles(told: readonly Sent[], answer: (packet: Packet) => readonly Sent[], seen: (headers: Headers) => void = () => {}): (router: ConnectRouter) => void {
  return (router) =>
    router.service(FileSync, {
      async *diffCopy(packets, { requestHeader }) {
        seen(requestHeader);
        yield* told;
        for await (const packet of packets) {
          yield* answer(packet);
          if (packet.type === Type.FIN) return;
        }
      },
    });
}

/** Sends the content of each entry that is asked for, and ends when it is told to. */
export function contents(told: readonly Sent[], content: (path: string) => string): (packet: Packet) => Sent[] {
  return ({ type, id }) => {
    if (type === Type.FIN) return [{ type: Type.FIN }];
    if (type !== Type.REQ) return [];
    return [{ type: Type.DATA, id, data: Buffer.from(content(told[id]?.stat?.path ?? '')) }, { type: Type.DATA, id }];
  };
}

export const directory = (path: string, mode = 0o755): Sent => ({ type: Type.STAT, stat: { path, mode: (0x80000000 | mode) >>> 0, modTime: 1_000_000_000_000_000_000n } });
export const file = (path: string, size: number, more: Partial<NonNullable<Sent['stat']>> = {}): Sent => ({ type: Type.STAT, stat: { path, mode: 0o644, size: BigInt(size), modTime: 1_600_000_000_123_456_789n, ...more } as NonNullable<Sent['stat']> });
export const link = (path: string, to: string): Sent => ({ type: Type.STAT, stat: { path, mode: 0x08000000 + 0o777, linkname: to } });
export const last: Sent = { type: Type.STAT };
