import { readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { CompletionItemKind } from 'vscode-languageserver';
import type { BuildContext } from '../files/context.js';
import { formatBytes } from '../text.js';
import type { Span } from '../positions.js';
import type { Proposal } from './item.js';

const mostEntries = 500;

/** Files of the context below what is already written, without those that the ignore file leaves out. */
export function contextPaths(context: BuildContext, text: string, start: number, quoted: boolean): Proposal[] {
  const written = quoted ? text.slice(1) : text;
  const from = start + (quoted ? 1 : 0);
  if (/^\w+:\/\/|[$*?[]/.test(written)) return [];
  const slash = written.lastIndexOf('/') + 1;
  const folder = posix.join('/', written.slice(0, slash)).slice(1);
  const span: Span = { start: from + slash, end: from + written.length };
  let names: string[];
  try {
    names = readdirSync(join(context.folder, folder)).sort();
  } catch {
    return [];
  }
  return names
    .filter((name) => name !== '.git' && (!/\s/.test(name) || quoted))
    .slice(0, mostEntries)
    .flatMap((name): Proposal[] => {
      const path = folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`;
      const stat = statSync(join(context.folder, path), { throwIfNoEntry: false });
      const isFolder = stat?.isDirectory() ?? false;
      if (context.ignore.ignores(path) && !(isFolder && context.ignore.mayReinclude(path))) return [];
      if (isFolder) return [{ label: `${name}/`, kind: CompletionItemKind.Folder, span, rank: 1, goOn: true }];
      return [{ label: name, kind: CompletionItemKind.File, span, rank: 2, ...(stat && { detail: formatBytes(stat.size) }) }];
    });
}
