import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CaissonError, displayPath, rawPath, redact, sha256 } from '@caisson/core';
import { ContextTree } from '../context/context-tree.js';
import { contentDigest } from '../copy/content-digest.js';
import { selectSources } from '../copy/select.js';
import { download } from '../remote/download.js';
import { checkOut, resolveCommit } from '../remote/git.js';
import { parseGitUrl, type GitUrl } from '../remote/git-url.js';
import type { Session } from '../session.js';
import { archiveSource, isArchive, readContent } from '../source/archive.js';
import { SingleFile } from '../source/single-file.js';
import type { SourceTree } from '../source/source-tree.js';
import type { CopySpecSource } from '../steps/copy-step.js';

/** What of an ADD decides on its sources. */
export interface AddOptions {
  readonly keepGitDir: boolean;
  /** sha256 of a file, or a commit or its beginning. */
  readonly checksum: string | undefined;
  readonly unpack: boolean | undefined;
}

/** The sources of an ADD: files of the context (archives among them are unpacked), of the web, and git repositories. */
export async function addSources(session: Session, options: AddOptions, paths: readonly string[], open: () => Promise<SourceTree>): Promise<CopySpecSource[]> {
  const sources: CopySpecSource[] = [];
  for (const path of paths) {
    const git = parseGitUrl(path);
    if (git) sources.push(await gitSource(session, git, options));
    else if (/^https?:\/\//i.test(path)) sources.push(await webSource(session, path, options));
    else if (options.checksum !== undefined) throw new CaissonError('invalid-content', '--checksum is for sources from the web and from git', { hint: 'the content of local files decides by itself' });
    else sources.push(...(await localSources(session, await open(), path, options.unpack)));
  }
  return sources;
}

async function localSources(session: Session, tree: SourceTree, path: string, unpack: boolean | undefined): Promise<CopySpecSource[]> {
  const plain: CopySpecSource = { name: tree.name, paths: [path], identity: undefined, tree: () => Promise.resolve(tree) };
  if (unpack === false) return [plain];
  const selected = selectSources(tree, [path], { parents: false, exclude: undefined });
  const archives = selected.filter(({ file }) => file.type === 'file' && file.size > 0 && isArchive(tree.content(file), file.size));
  if (archives.length === 0) return [plain];
  await tree.prepareDigests(archives.map(({ file }) => file), session.signal);
  return selected.map((one) => {
    if (!archives.includes(one)) return { ...plain, paths: [displayPath(one.file.path).replace(/[*?[\\]/g, '\\$&')] };
    const { file } = one;
    const name = displayPath(file.path);
    return {
      name,
      paths: ['/'],
      identity: `unpacked ${contentDigest(tree, [one])}`,
      tree: () => archiveSource(name, readContent(tree.content(file), file.size), session.scratch, session.signal),
    };
  });
}

async function webSource(session: Session, url: string, { checksum, unpack }: AddOptions): Promise<CopySpecSource> {
  if (checksum !== undefined && !/^sha256:[0-9a-f]{64}$/.test(checksum)) throw new CaissonError('invalid-content', `--checksum=${checksum.slice(0, 80)} is no digest`, { hint: 'write sha256: and 64 hexadecimal digits' });
  const file = await download(session, url, checksum);
  const path = session.host.content.pathOf(file.digest);
  const name = redact(url);
  if (unpack === true) return { name, paths: ['/'], identity: `unpacked ${file.digest}`, tree: () => archiveSource(name, readContent({ path, offset: 0 }, file.size), session.scratch, session.signal) };
  const mtime = file.modified ?? session.dates.files;
  const tree = new SingleFile(name, { name: rawPath(file.name), mode: 0o600, mtime, size: file.size, path, digest: file.digest });
  return { name, paths: [file.name.replace(/[*?[\\]/g, '\\$&')], identity: `file ${file.digest} ${mtime}`, tree: () => Promise.resolve(tree) };
}

async function gitSource(session: Session, url: GitUrl, { keepGitDir, checksum }: AddOptions): Promise<CopySpecSource> {
  const wanted = checksum === undefined ? url : { ...url, checksum };
  const commit = await resolveCommit(wanted, session.scratch, session.signal);
  const name = redact(url.remote);
  const keep = url.keepGitDir ?? keepGitDir;
  return {
    name,
    paths: ['/'],
    identity: `git ${sha256(JSON.stringify([url.remote, commit, url.folder, keep, url.submodules]))}`,
    tree: async () => new ContextTree(await checkOut(wanted, commit, join(session.scratch, `git-${randomUUID()}`), keep, session.signal), { name }),
  };
}
