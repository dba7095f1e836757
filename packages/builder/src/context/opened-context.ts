import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, rawPath, redact, throwIfAborted } from '@caisson/core';
import { download } from '../remote/download.js';
import { checkOut, resolveCommit } from '../remote/git.js';
import { parseGitUrl } from '../remote/git-url.js';
import type { Session } from '../session.js';
import { archiveSource, isArchive, readContent } from '../source/archive.js';
import type { SourceTree } from '../source/source-tree.js';
import { ContextTree } from './context-tree.js';

export type ContextParts = Pick<Session, 'host' | 'cache' | 'request' | 'signal' | 'scratch'>;

/** A context that had to be brought here first: a tree of files, or a lone Dockerfile. */
export type OpenedContext = { readonly tree: SourceTree } | { readonly dockerfile: string };

const maxDockerfile = 4 * 1024 * 1024;
const name = 'the build context';

/** A tar in any compression that ADD knows, or a lone Dockerfile: told by the content. */
export async function openStream(parts: ContextParts, stream: AsyncIterable<Uint8Array>): Promise<OpenedContext> {
  mkdirSync(parts.scratch, { recursive: true, mode: 0o700 });
  const path = join(parts.scratch, `context-${randomUUID()}`);
  const fd = openSync(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of stream) {
      throwIfAborted(parts.signal);
      size += chunk.byteLength;
      for (let at = 0; at < chunk.byteLength; ) at += writeSync(fd, chunk, at);
    }
  } finally {
    closeSync(fd);
  }
  return openFile(parts, path, size);
}

/** @throws CaissonError `not-found` for a ref or a file that is not there; `unavailable` */
export async function openUrl(parts: ContextParts, url: string): Promise<OpenedContext> {
  const git = parseGitUrl(url);
  if (git) {
    const commit = await resolveCommit(git, parts.scratch, parts.signal);
    return { tree: new ContextTree(await checkOut(git, commit, join(parts.scratch, `git-${randomUUID()}`), git.keepGitDir ?? false, parts.signal), { name }) };
  }
  if (!/^https?:\/\//i.test(url)) throw new CaissonError('invalid-argument', `${redact(url)} is no context that can be fetched`, { hint: 'give a folder, a git URL, or the http(s) URL of an archive or a Dockerfile' });
  const file = await download(parts, url, undefined);
  return openFile(parts, parts.host.content.pathOf(file.digest), file.size);
}

async function openFile(parts: ContextParts, path: string, size: number): Promise<OpenedContext> {
  if (size === 0) throw new CaissonError('invalid-argument', 'the build context is empty', { hint: 'send a tar or a Dockerfile' });
  if (isArchive({ path, offset: 0 }, size)) return { tree: await archiveSource(name, readContent({ path, offset: 0 }, size), parts.scratch, parts.signal) };
  if (size > maxDockerfile) throw new CaissonError('invalid-content', 'the build context is neither a tar nor a Dockerfile');
  return { dockerfile: readFileSync(path, 'utf8') };
}

/** A small text file of a tree; undefined where there is none. */
export async function readTreeFile(tree: SourceTree, path: string, signal: AbortSignal): Promise<string | undefined> {
  const file = tree.lookup(rawPath(path));
  if (file?.type !== 'file') return undefined;
  if (file.size > maxDockerfile) throw new CaissonError('limit-exceeded', `${path} is larger than ${maxDockerfile} bytes`);
  await tree.prepareContent([file], signal);
  const { path: from, offset } = tree.content(file);
  const buffer = Buffer.alloc(file.size);
  const fd = openSync(from, 'r');
  try {
    for (let at = 0; at < buffer.length; ) {
      const count = readSync(fd, buffer, at, buffer.length - at, offset + at);
      if (count === 0) break;
      at += count;
    }
  } finally {
    closeSync(fd);
  }
  return buffer.toString('utf8');
}
