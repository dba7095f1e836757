import { readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '../errors.js';
import { LayoutReader } from '../content/layout-reader.js';
import { LayoutStore, writeWhole } from '../content/layout-store.js';
import type { Descriptor } from '../model/descriptor.js';
import { isDigest } from '../model/digest.js';
import { lockFile } from '../state/file-lock.js';
import { contentSink } from '../transfer/content-sink.js';
import type { ImageSink, ImageSource } from '../transfer/image-source.js';
import { storeSource } from '../transfer/store-source.js';
import { chooseEntry, layoutEntries, refName } from './layout-index.js';

/**
 * An image of a folder that is an OCI image layout. `wanted` is a tag, a name or a digest; without it, the folder's only image. Nothing in the
 * folder is changed.
 *
 * `resolve` throws CaissonError `not-found`, `invalid-content`; `invalid-argument` where several images would do.
 */
export function layoutSource(folder: string, wanted?: string): ImageSource {
  const content = new LayoutReader(folder);
  const name = `${folder}${wanted === undefined ? '' : `:${wanted}`}`;
  const root = async (): Promise<Descriptor> => chooseEntry(layoutEntries(readIndex(folder), folder), wanted, folder).root;
  return storeSource(content, root, name);
}

/**
 * Writes an image into a folder that is, or becomes, an OCI image layout. It takes the place of the image that had the same `tag`, or none; blobs of
 * the old one stay. What a fault leaves unfinished is taken up by the next copy.
 */
export function layoutSink(folder: string, tag?: string): ImageSink {
  const content = new LayoutStore(folder, { shared: true });
  return contentSink(content, `${folder}${tag === undefined ? '' : `:${tag}`}`, {
    async finish(root, options = {}) {
      {
        using _lock = await lockFile(join(folder, 'ingest', 'index.lock'), options);
        const { manifests, ...rest } = JSON.parse(Buffer.from(readIndex(folder)).toString('utf8')) as { manifests: readonly Descriptor[] };
        const { annotations: { [refName]: _, ...annotations } = {}, ...plain } = root;
        const noted = { ...annotations, ...(tag === undefined ? {} : { [refName]: tag }) };
        const entry: Descriptor = { ...plain, ...(Object.keys(noted).length > 0 ? { annotations: noted } : {}) };
        writeWhole(join(folder, 'index.json'), JSON.stringify({ ...rest, manifests: [...manifests.filter((one) => one.annotations?.[refName] !== tag), entry] }));
      }
      tidy(join(folder, 'ingest'));
    },
  });
}

/**
 * `PATH`, `PATH:TAG`, `PATH:NAME` or `PATH@DIGEST`: a layout's folder and what of it is meant. The first colon ends the path, as with skopeo; one
 * after a drive's letter does not.
 */
export function parseLayoutPlace(text: string): { readonly folder: string; readonly image?: string } {
  const at = text.lastIndexOf('@');
  if (at > 0 && isDigest(text.slice(at + 1))) return { folder: text.slice(0, at), image: text.slice(at + 1) };
  const colon = text.indexOf(':', /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0);
  return colon < 0 ? { folder: text } : { folder: text.slice(0, colon), image: text.slice(colon + 1) };
}

function readIndex(folder: string): Uint8Array {
  try {
    return readFileSync(join(folder, 'index.json'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw new CaissonError('not-found', `there is no OCI layout in ${folder}`, { cause: error });
    throw fromSystemError(error, `reading ${join(folder, 'index.json')}`);
  }
}

/** The folder of unfinished blobs is nothing that a layout has; it stays as long as there are some. */
function tidy(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another copy is at work in it.
  }
}
