import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { CaissonError } from '@caisson/core';
import { parseIgnore } from '@caisson/dockerfile';
import type { ClientSession } from './client-session.js';
import { receiveFolder } from './receive-folder.js';
import type { BuildTrace } from './trace.js';

export interface ClientDockerfile {
  readonly text: string;
  readonly name: string;
  /** What the client is to leave out of the context. */
  readonly excludes: readonly string[];
}

/** What the client calls its folders; a front end's options may say otherwise. */
export interface FolderNames {
  readonly context: string;
  readonly dockerfile: string;
}

const maxBytes = 4 * 1024 * 1024;

/** Has the client send its Dockerfile, and the file that says what to leave out. @throws CaissonError `not-found`, `invalid-content` */
export async function readDockerfile(parts: { readonly session: ClientSession; readonly trace: BuildTrace; readonly folder: string; readonly signal: AbortSignal; readonly names: FolderNames }, path: string): Promise<ClientDockerfile> {
  const { session, trace, folder, signal, names } = parts;
  const wanted = posix.normalize(path).replace(/^(?:\.?\/)+/, '');
  if (wanted.split('/').includes('..')) throw new CaissonError('invalid-argument', `${path} is outside of the folder that the client gives`);
  const read = (name: string) => readSmall(join(folder, name));
  const text = await trace.internal(`[internal] load build definition from ${basename(wanted)}`, async (progress) => {
    // Some write it in small letters.
    const lower = posix.join(posix.dirname(wanted), 'dockerfile');
    await receiveFolder(session, folder, { name: names.dockerfile, followPaths: [wanted, `${wanted}.dockerignore`, ...(basename(wanted) === 'Dockerfile' ? [lower] : [])], signal, onBytes: (count) => progress('transferring dockerfile:', count) });
    const found = read(wanted) ?? (basename(wanted) === 'Dockerfile' ? read(lower) : undefined);
    if (found === undefined) throw new CaissonError('not-found', `failed to read dockerfile: open ${wanted}: no such file or directory`, { hint: 'name the Dockerfile with -f FILE' });
    progress('transferring dockerfile:', Buffer.byteLength(found), undefined, true);
    return found;
  });
  const own = read(`${wanted}.dockerignore`);
  const excludes = await trace.internal('[internal] load .dockerignore', async (progress) => {
    if (own !== undefined) return patterns(own, `${wanted}.dockerignore`);
    await receiveFolder(session, folder, { name: names.context, followPaths: ['.dockerignore'], signal });
    const common = read('.dockerignore');
    progress('transferring context:', Buffer.byteLength(common ?? ''), undefined, true);
    return common === undefined ? [] : patterns(common, '.dockerignore');
  });
  return { text, name: wanted, excludes };
}

function readSmall(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (bytes.length > maxBytes) throw new CaissonError('limit-exceeded', `${basename(path)} is larger than ${maxBytes} bytes`);
  return bytes.toString('utf8');
}

/** The patterns as the client's matcher takes them. */
function patterns(text: string, file: string): string[] {
  const { errors: [problem] } = parseIgnore(text, { file });
  if (problem) throw new CaissonError('invalid-content', problem.message, { range: { ...problem.range, file } });
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const negated = line.startsWith('!');
      const cleaned = posix.normalize(line.slice(negated ? 1 : 0).trim()).replace(/^\/+/, '');
      return `${negated ? '!' : ''}${cleaned}`;
    })
    .filter((line) => line !== '.' && line !== '' && line !== '!.');
}
