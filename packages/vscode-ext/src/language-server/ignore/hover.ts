import * as l10n from '@vscode/l10n';
import { parseIgnore } from '@caisson/dockerfile';
import type { Hover, Position } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { BuildContext } from '../files/context.js';
import type { Walked, WalkedFile } from '../files/walk.js';
import { spanRange } from '../positions.js';
import { code, formatBytes } from '../text.js';
import { patternLines } from './lines.js';

const examples = 8;

/** What a pattern matches in the context: how many files, how large, the largest of them. */
export async function ignoreHover(document: TextDocument, position: Position, context: BuildContext | undefined, everyFile: (folder: string) => Promise<Walked>): Promise<Hover | undefined> {
  const line = patternLines(document.getText()).find((one) => one.line === position.line);
  if (!line?.pattern) return undefined;
  const range = spanRange(document, line.span);
  const { text, exclusion } = line.pattern;
  if (!context) return { contents: { kind: 'markdown', value: exclusion ? l10n.t('Brings back what {0} matches.', code(text)) : l10n.t('Leaves out what {0} matches.', code(text)) }, range };
  const alone = parseIgnore(text);
  const { files, truncated } = await everyFile(context.folder);
  const matched = files.filter(({ path }) => alone.ignores(path));
  return { contents: { kind: 'markdown', value: describe(matched, { text, exclusion }, truncated, context) }, range };
}

function describe(matched: readonly WalkedFile[], { text, exclusion }: { readonly text: string; readonly exclusion: boolean }, truncated: boolean, context: BuildContext): string {
  const among = truncated ? [l10n.t('Only the first entries of the context were looked at.')] : [];
  if (matched.length === 0) return [l10n.t('{0} matches no file of the context.', code(text)), ...among].join(' ');
  const size = matched.reduce((sum, file) => sum + file.size, 0);
  const largest = matched.toSorted((a, b) => b.size - a.size).slice(0, examples);
  const kept = matched.filter(({ path }) => !context.ignore.ignores(path)).length;
  const left = matched.length - kept;
  const result = kept === 0 ? l10n.t('None of them is sent.') : left === 0 ? l10n.t('All of them are sent.') : l10n.t('With the other patterns, {0} of them are left out and {1} sent.', left.toLocaleString('en'), kept.toLocaleString('en'));
  return [
    [count(exclusion, matched.length, formatBytes(size)), result, ...among].join(' '),
    [...largest.map(({ path, size: bytes }) => `- ${code(path)} ${formatBytes(bytes)}`), ...(matched.length > examples ? ['- …'] : [])].join('\n'),
  ].join('\n\n');
}

function count(exclusion: boolean, files: number, size: string): string {
  if (files === 1) return exclusion ? l10n.t('Brings back 1 file, {0}.', size) : l10n.t('Leaves out 1 file, {0}.', size);
  return exclusion ? l10n.t('Brings back {0} files, {1}.', files.toLocaleString('en'), size) : l10n.t('Leaves out {0} files, {1}.', files.toLocaleString('en'), size);
}
