import { archiveFiles, isPlainFile, passOver } from './archive-files.js';

export interface ArchivedLayer {
  /** Its place in the archive: the same in each archive that the same host makes of the same image. */
  readonly path: string;
  /** As it is there, compressed or not. To be read to its end before the next layer is asked for. */
  readonly data: AsyncIterable<Uint8Array>;
}

/**
 * The layers of a docker-archive or an OCI layout tar, in the order in which they come and without its documents, in one pass. Which is
 * which is told by their content alone: by the diffID that reading them gives.
 * @throws CaissonError `invalid-content` for what is no tar, or is cut short; `limit-exceeded`
 */
export async function* archivedLayers(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ArchivedLayer, void> {
  for await (const { path, header, data } of archiveFiles(bytes, name)) {
    const isBlob = /^blobs\/[a-z0-9]+\/[0-9a-f]+$/.test(path);
    if (!isPlainFile(header) || !(isBlob || path.endsWith('.tar'))) {
      await passOver(data);
      continue;
    }
    const rest = data[Symbol.asyncIterator]();
    const first = await rest.next();
    const whole = resumed(first, rest);
    // Blobs of a layout are documents too.
    if (first.done || (isBlob && isDocument(first.value))) await passOver(whole);
    else yield { path, data: whole };
  }
}

async function* resumed(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (let piece = first; !piece.done; piece = await rest.next()) yield piece.value;
}

/** JSON; a layer's first file may have a name that begins like it, but then zeros follow. */
function isDocument(head: Uint8Array): boolean {
  return head[0] === 0x7b && !head.includes(0);
}
