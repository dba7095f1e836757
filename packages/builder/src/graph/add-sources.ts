import { CaissonError, displayPath } from '@caisson/core';
import type { AddInstruction } from '@caisson/dockerfile';
import { contentDigest } from '../copy/content-digest.js';
import { selectSources } from '../copy/select.js';
import type { Session } from '../session.js';
import { archiveSource, isArchive, readContent } from '../source/archive.js';
import type { SourceTree } from '../source/source-tree.js';
import type { CopySpecSource } from '../steps/copy-step.js';

const isRemote = (source: string) => /^(?:https?:\/\/|git:\/\/|git@|ssh:\/\/)/.test(source);

/** The sources of an ADD: files of the context, archives among them that are to be unpacked. */
export async function addSources(session: Session, add: AddInstruction, paths: readonly string[], open: () => Promise<SourceTree>): Promise<CopySpecSource[]> {
  const sources: CopySpecSource[] = [];
  for (const path of paths) {
    if (isRemote(path)) throw new CaissonError('unsupported', `ADD from ${path} is not supported`);
    const tree = await open();
    if (add.unpack === false) sources.push({ name: tree.name, paths: [path], identity: undefined, tree: open });
    else sources.push(...(await localSources(session, tree, path)));
  }
  return sources;
}

async function localSources(session: Session, tree: SourceTree, path: string): Promise<CopySpecSource[]> {
  const selected = selectSources(tree, [path], { parents: false, exclude: undefined });
  const archives = selected.filter(({ file }) => file.type === 'file' && file.size > 0 && isArchive(tree.content(file), file.size));
  const plain: CopySpecSource = { name: tree.name, paths: [path], identity: undefined, tree: () => Promise.resolve(tree) };
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
