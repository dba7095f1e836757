import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { CaissonError } from '@caisson/core';
import type { ClientSession } from './client-session.js';
import { sessionError } from './client-session.js';
import { goMode } from './file-mode.js';
import { Outbox } from './outbox.js';
import { BytesSchema, FileSend, Packet_Type as Type, type PacketSchema } from './pb/fsutil_pb.js';

/** Bytes of a file in one packet. */
const pieceBytes = 32 * 1024;

type OutPacket = MessageInitShape<typeof PacketSchema>;

export interface SendOptions {
  /** Which of several outputs of the client it is for. */
  readonly exporterId?: string;
  readonly signal: AbortSignal;
}

const headersOf = ({ exporterId }: SendOptions) => (exporterId === undefined ? {} : { 'buildkit-attachable-exporter-id': exporterId });

/** Sends a folder's content into the client's, as fsutil's sender does: all entries first, then the content of those that are asked for. */
export async function sendFolder(session: ClientSession, folder: string, options: SendOptions): Promise<void> {
  const out = new Outbox<OutPacket>();
  const files: (string | undefined)[] = [];
  const sending: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  try {
    const answers = session.fileTarget.diffCopy(out, { headers: headersOf(options), signal: AbortSignal.any([options.signal, session.gone]) });
    const told = (async () => {
      for (const [path, stats] of walk(folder, '')) {
        out.push({ type: Type.STAT, stat: describe(folder, path, stats) });
        files.push(stats.isFile() ? path : undefined);
        await out.room();
      }
      out.push({ type: Type.STAT });
    })();
    for await (const packet of answers) {
      if (packet.type === Type.ERR) throw new CaissonError('invalid-argument', `the client could not write the files: ${Buffer.from(packet.data).toString('utf8').slice(0, 500)}`);
      if (packet.type === Type.FIN) {
        out.push({ type: Type.FIN });
        out.end();
      }
      if (packet.type !== Type.REQ) continue;
      const path = files[packet.id];
      if (path === undefined) throw new CaissonError('invalid-content', `the client asked for a file that was not told of (${packet.id})`);
      const { id } = packet;
      last = last.then(() => sendFile(join(folder, path), id, out));
      sending.push(last);
      last.catch(() => out.end());
    }
    await told;
    await Promise.all(sending);
  } catch (error) {
    throw sessionError(error, 'sending the files');
  } finally {
    out.end();
  }
}

async function sendFile(path: string, id: number, out: Outbox<OutPacket>): Promise<void> {
  for await (const data of createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
    out.push({ type: Type.DATA, id, data });
    await out.room();
  }
  out.push({ type: Type.DATA, id });
}

/** Entries, each folder before its content and names in the order of their bytes. */
function* walk(root: string, folder: string): Generator<[string, Stats], void> {
  for (const name of readdirSync(join(root, folder)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = lstatSync(join(root, path));
    if (!stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink()) continue;
    yield [path, stats];
    if (stats.isDirectory()) yield* walk(root, path);
  }
}

function describe(root: string, path: string, stats: Stats): NonNullable<OutPacket['stat']> {
  const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'file';
  return {
    path,
    mode: goMode(kind, stats.mode),
    uid: stats.uid,
    gid: stats.gid,
    size: kind === 'file' ? BigInt(stats.size) : 0n,
    modTime: BigInt(Math.round(stats.mtimeMs * 1e6)),
    linkname: kind === 'symlink' ? readlinkSync(join(root, path)) : '',
  };
}

/** A file that the client takes as it is made. `write` and `end` reject when the client has gone. */
export interface SentFile {
  write(data: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export function openSentFile(session: ClientSession, options: SendOptions): SentFile {
  session.needFileTarget();
  const out = new Outbox<MessageInitShape<typeof BytesSchema>>();
  const method = { ...FileSend.method.diffCopy, input: BytesSchema, output: BytesSchema };
  const ended = (async () => {
    const answer = await session.transport.stream(method, AbortSignal.any([options.signal, session.gone]), undefined, headersOf(options), messages(out));
    for await (const _ of answer.message) break;
  })();
  ended.catch(() => out.end());
  const gone = async (): Promise<never> => {
    await ended.catch((error: unknown) => {
      throw sessionError(error, 'sending the file');
    });
    throw new CaissonError('cancelled', 'the client has ended the output');
  };
  return {
    async write(data) {
      for (let at = 0; at < data.byteLength; at += pieceBytes) out.push({ data: Uint8Array.from(data.subarray(at, at + pieceBytes)) });
      if (out.ended) await gone();
      await out.room();
    },
    async end() {
      out.end();
      await ended.catch((error: unknown) => {
        throw sessionError(error, 'sending the file');
      });
    },
  };
}

async function* messages(out: Outbox<MessageInitShape<typeof BytesSchema>>) {
  for await (const message of out) yield create(BytesSchema, message);
}
