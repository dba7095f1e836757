import type { CompletionItem, Position } from 'vscode-languageserver';
import { CompletionItemKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { parseIgnore } from '@caisson/dockerfile';
import { toItem, type Proposal } from '../completion/item.js';
import { contextPaths } from '../completion/paths.js';
import type { BuildContext } from '../files/context.js';
import { patternLines } from './lines.js';

/** What contexts usually have and builds do not need. */
const usual: readonly (readonly [pattern: string, detail: string])[] = [
  ['.git', 'history of the repository'],
  ['node_modules', 'installed packages'],
  ['dist', 'build output'],
  ['coverage', 'reports of tests'],
  ['.env*', 'settings and secrets'],
  ['**/*.log', 'logs'],
  ['.vscode', 'settings of the editor'],
  ['Dockerfile*', 'not needed inside the image'],
  ['.dockerignore', 'not needed inside the image'],
  ['**/.DS_Store', 'left by macOS'],
];

/** Files of the context below what is written, and patterns that most contexts want. */
export function ignoreCompletion(document: TextDocument, position: Position, context: BuildContext | undefined, snippets: boolean): CompletionItem[] {
  const offset = document.offsetAt(position);
  const line = document.getText({ start: { line: position.line, character: 0 }, end: position });
  if (line.startsWith('#')) return [];
  const text = line.replace(/^\s*!?\s*/, '');
  const span = { start: offset - text.length, end: offset };
  const present = new Set(patternLines(document.getText()).filter((one) => one.line !== position.line).map((one) => one.text));
  // Files that are left out already are offered too: a pattern may bring them back.
  const files = context ? contextPaths({ folder: context.folder, ignore: parseIgnore('') }, text, span.start, false) : [];
  const patterns = text.includes('/') ? [] : usual.filter(([pattern]) => !present.has(pattern)).map(([label, detail]): Proposal => ({ label, detail, kind: CompletionItemKind.Snippet, rank: 4 }));
  return [...files, ...patterns].map((proposal) => toItem(document, span, offset, proposal, snippets));
}
