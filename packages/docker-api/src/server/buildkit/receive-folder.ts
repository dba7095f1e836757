import type { MessageInitShape } from '@bufbuild/protobuf';
import { CaissonError, fromSystemError } from '@caisson/core';
import type { ClientSession } from './client-session.js';
import { sessionError } from './client-session.js';
import { IncomingFolder, type IncomingFile } from './incoming-folder.js';
import { Outbox } from './outbox.js';
import { Packet_Type as Type, type Packet, type PacketSchema } from './pb/fsutil_pb.js';
import { repeatedHeaders } from './transport.js';

export interface FolderRequest {
  /** What the client calls it: `context`, `dockerfile`. */
  readonly name: string;
  /** Patterns as `.dockerignore` has them. */
  readonly excludes?: readonly string[];
  /** Only these, and what they link to. */
  readonly followPaths?: readonly string[];
  readonly signal: AbortSignal;
  /** Bytes that have come so far. */
  readonly onBytes?: (count: number) => void;
}

/** Files that are asked for at once. */
const atOnce = 64;

/**
 * Makes the folder `target` what the client's is, as fsutil's receiver does: the client tells its entries, is asked for the content of some,
 * and sends these in pieces, several at once.
 * @throws CaissonError `invalid-content` for hostile paths, `cancelled` when the client goes away, and whatever writing meets
 */
export async function receiveFolder(session: ClientSession, target: string, request: FolderRequest): Promise<void> {
  const doing = `asking for the files of the ${request.name}`;
  const ended = new AbortController();
  const out = new Outbox<MessageInitShape<typeof PacketSchema>>();
  try {
    const answers = session.files.diffCopy(out, { headers: folderHeaders(request), signal: AbortSignal.any([request.signal, session.gone, ended.signal]) });
    using receiving = new Receiving(new IncomingFolder(target), out, request.onBytes);
    for await (const packet of answers) {
      receiving.take(packet);
      // Nothing comes after it but the end of the call, which need not be in order.
      if (packet.type === Type.FIN) break;
    }
    if (!receiving.whole) throw new CaissonError('invalid-content', `${doing}: the client ended before all was there`);
  } catch (error) {
    if (request.signal.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: request.signal.reason });
    throw error instanceof Error && 'syscall' in error ? fromSystemError(error, `writing to ${target}`) : sessionError(error, doing);
  } finally {
    out.end();
    ended.abort();
  }
}

/** What is asked for, in the metadata of the call. Values that are no ASCII are escaped, and said to be. */
function folderHeaders({ name, excludes = [], followPaths = [] }: FolderRequest): Record<string, string> {
  const repeated: Record<string, string[]> = { 'dir-name': [name] };
  for (const [key, values] of Object.entries({ 'exclude-patterns': excludes, followpaths: followPaths })) {
    if (values.length === 0) continue;
    const encoded = values.some((value) => /[^\x20-\x7e]/.test(value));
    repeated[key] = values.map((value) => (encoded ? encodeURIComponent(value).replaceAll('%20', '+') : value));
    if (encoded) repeated[`${key}-encoded`] = ['1'];
  }
  return { [repeatedHeaders]: JSON.stringify(repeated) };
}

class Receiving {
  readonly #folder: IncomingFolder;
  readonly #out: Outbox<MessageInitShape<typeof PacketSchema>>;
  readonly #onBytes: (count: number) => void;
  /** IDs of the entries, which are their numbers. */
  readonly #ids = new Map<string, number>();
  readonly #open = new Map<number, IncomingFile>();
  #wanted: string[] = [];
  #told = false;
  #bytes = 0;
  whole = false;

  constructor(folder: IncomingFolder, out: Outbox<MessageInitShape<typeof PacketSchema>>, onBytes: (count: number) => void = () => {}) {
    this.#folder = folder;
    this.#out = out;
    this.#onBytes = onBytes;
  }

  take(packet: Packet): void {
    switch (packet.type) {
      case Type.ERR:
        throw new CaissonError('invalid-argument', `the client could not read its files: ${Buffer.from(packet.data).toString('utf8').slice(0, 500)}`);
      case Type.STAT:
        if (this.#told) throw new CaissonError('invalid-content', 'the client told of more files after the last one');
        if (packet.stat) {
          this.#ids.set(packet.stat.path, this.#ids.size);
          this.#folder.expect(packet.stat);
        } else {
          this.#told = true;
          this.#wanted = this.#folder.begin().toReversed();
          this.#ask();
        }
        return;
      case Type.DATA:
        return this.#data(packet);
      case Type.REQ:
      case Type.FIN:
        return;
    }
  }

  #data({ id, data }: Packet): void {
    const file = this.#open.get(id);
    if (!file) throw new CaissonError('invalid-content', `the client sent data for what was not asked for (${id})`);
    if (data.length > 0) {
      file.write(data);
      this.#bytes += data.length;
      this.#onBytes(this.#bytes);
      return;
    }
    this.#open.delete(id);
    file.finish();
    this.#ask();
  }

  #ask(): void {
    while (this.#open.size < atOnce) {
      const path = this.#wanted.pop();
      const id = path === undefined ? undefined : this.#ids.get(path);
      if (path === undefined || id === undefined) break;
      this.#open.set(id, this.#folder.open(path));
      this.#out.push({ type: Type.REQ, id });
    }
    if (this.#open.size > 0 || this.whole) return;
    this.#folder.end();
    this.whole = true;
    this.#out.push({ type: Type.FIN });
    this.#out.end();
  }

  /** Lets go of files that were cut off. */
  [Symbol.dispose](): void {
    for (const file of this.#open.values()) file.discard();
  }
}
