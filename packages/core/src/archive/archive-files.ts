import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { CaissonError } from '../errors.js';

export interface ArchiveFile {
  /** Normalised, without a slash in front. */
  readonly path: string;
  readonly header: Header;
  /** To be read to its end before the next file is asked for: `passOver` does where nobody wants it. */
  readonly data: AsyncIterable<Uint8Array>;
}

const maxEntries = 100_000;

/**
 * The files of an (uncompressed) archive in its order, in one pass. Who stops early ends the source too.
 * @throws CaissonError `invalid-content` for what is no tar, or is cut short; `limit-exceeded`; what the source throws goes through
 */
export async function* archiveFiles(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ArchiveFile, void> {
  const tar = extract();
  const source = Readable.from(bytes);
  source.on('error', (error) => tar.destroy(error));
  source.pipe(tar as unknown as NodeJS.WritableStream);
  let entries = 0;
  try {
    for await (const entry of tar) {
      if (++entries > maxEntries) throw new CaissonError('limit-exceeded', `${name} has more than ${maxEntries} files`);
      yield { path: posix.normalize(entry.header.name).replace(/^\.?\/+/, ''), header: entry.header, data: told(entry as AsyncIterable<Uint8Array>, name) };
    }
  } catch (error) {
    throw inArchive(error, name);
  } finally {
    source.destroy();
  }
}

async function* told(data: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* data;
  } catch (error) {
    throw inArchive(error, name);
  }
}

function inArchive(error: unknown, name: string): CaissonError {
  if (error instanceof CaissonError) return error;
  return new CaissonError('invalid-content', `${name} is not a tar archive, or is cut short: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

export async function passOver(data: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of data);
}

/** Links have no data, and what devices and folders have is nobody's. */
export function isPlainFile({ type }: Header): boolean {
  return type === 'file' || type === 'contiguous-file' || type == null;
}
