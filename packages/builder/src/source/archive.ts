import { spawn } from 'node:child_process';
import { closeSync, createReadStream, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, decompress, detectCompression, exceeded, LayerIndexer, LayerTree, systemCode, throwIfAborted, withDefaultLimits, type LayerIndex, type LayerLimits } from '@caisson/core';
import type { FileContent } from './source-tree.js';
import { LayerSource } from './layer-source.js';

/** Whether ADD unpacks this file: a tar, as it is or compressed, told by its content and never by its name. */
export function isArchive({ path, offset, sparse }: FileContent, size: number): boolean {
  if (sparse) return false;
  const head = Buffer.alloc(512);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, head, 0, Math.min(512, size), offset);
    if (length >= 6 && detectCompression(head.subarray(0, length)) !== 'none') return true;
    // `ustar` at 257, of both the POSIX and the GNU kind (tar(5)).
    return length === 512 && head.toString('latin1', 257, 262) === 'ustar';
  } finally {
    closeSync(fd);
  }
}

/**
 * What an archive holds, as a source of files: its uncompressed form is put into `scratch`, nothing is unpacked.
 * @throws CaissonError `invalid-content`, `limit-exceeded` (an archive bomb), `missing-dependency` for bzip2 and xz without their programs
 */
export async function archiveSource(name: string, bytes: AsyncIterable<Uint8Array>, scratch: string, signal: AbortSignal, limits: Partial<LayerLimits> = {}): Promise<LayerSource> {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const path = join(scratch, `archive-${crypto.randomUUID()}.tar`);
  const indexer = new LayerIndexer({ contentDigests: true, limits });
  const fd = openSync(path, 'wx', 0o600);
  let index: LayerIndex;
  try {
    let taken = 0;
    const counted = (async function* () {
      for await (const chunk of bytes) {
        taken += chunk.length;
        yield chunk;
      }
    })();
    for await (const chunk of inflate(counted, { signal, limits })) {
      throwIfAborted(signal);
      for (const _ of indexer.parts(chunk)) {
        checkRatio(indexer.expanded, taken, limits);
        await new Promise(setImmediate);
        throwIfAborted(signal);
      }
      checkRatio(indexer.expanded, taken, limits);
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    }
    index = indexer.finish();
  } catch (error) {
    rmSync(path, { force: true });
    if (error instanceof CaissonError) {
      const hint = error.code === 'limit-exceeded' ? 'if you trust it, unpack it before the build, and COPY what it holds' : error.hint;
      throw new CaissonError(error.code, `${name} cannot be unpacked: ${error.message}`, { cause: error, ...(hint ? { hint } : {}) });
    }
    throw error;
  } finally {
    closeSync(fd);
  }
  return new LayerSource(name, LayerTree.of([index]), { archive: () => Promise.resolve(path), digestedIndex: () => Promise.resolve(index) }, { unpacked: true });
}

/** Holes count as the zeros that they become in a layer; a few bytes of archive say how long they are. */
function checkRatio(expanded: number, taken: number, limits: Partial<LayerLimits>): void {
  const { maxRatio, ratioFloor } = withDefaultLimits(limits);
  if (expanded > ratioFloor && expanded > maxRatio * taken) throw exceeded('maxRatio', `expands more than ${maxRatio}-fold`);
}

/** Of a part of a host's file. */
export function readContent({ path, offset }: FileContent, size: number): AsyncIterable<Uint8Array> {
  if (size === 0) return (async function* () {})();
  return createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: 1024 * 1024 });
}

async function* inflate(bytes: AsyncIterable<Uint8Array>, options: { readonly signal: AbortSignal; readonly limits: Partial<LayerLimits> }): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const rest = (async function* () {
    yield first.value;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  })();
  const kind = detectCompression(first.value);
  if (kind === 'bzip2' || kind === 'xz') yield* throughProgram(kind, rest, options.signal);
  else yield* decompress(rest, kind, options);
}

/** Node has no bzip2 and no xz: the host's programs do it. */
async function* throughProgram(program: 'bzip2' | 'xz', bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (message += text.slice(0, 500)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  child.stdin.on('error', () => {
    // It says why on its standard error, and with its exit code.
  });
  const feeding = (async () => {
    for await (const chunk of bytes) if (!child.stdin.write(chunk)) await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
    child.stdin.end();
  })();
  feeding.catch(() => child.kill());
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await feeding;
    if ((await ended) !== 0) throw new CaissonError('invalid-content', message.trim().split('\n')[0] || `${program} cannot read it`);
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new CaissonError('missing-dependency', `it is compressed with ${program}, whose program is not installed`, { cause: error, hint: `install ${program === 'xz' ? 'xz-utils' : 'bzip2'}` });
    throw error;
  } finally {
    child.kill();
  }
}
