import { parseIgnore } from '@caisson/dockerfile';
import type { Hover, Position } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { BuildContext } from '../files/context.js';
import type { Walked, WalkedFile } from '../files/walk.js';
import { spanRange } from '../positions.js';
import { code, formatBytes, plural } from '../text.js';
import { patternLines } from './lines.js';

const examples = 8;

/** What a pattern matches in the context: how many files, how large, the largest of them. */
export async function ignoreHover(document: TextDocument, position: Position, context: BuildContext | undefined, everyFile: (folder: string) => Promise<Walked>): Promise<Hover | undefined> {
  const line = patternLines(document.getText()).find((one) => one.line === position.line);
  if (!line?.pattern) return undefined;
  const range = spanRange(document, line.span);
  const { text, exclusion } = line.pattern;
  const does = exclusion ? 'Brings back' : 'Leaves out';
  if (!context) return { contents: { kind: 'markdown', value: `${does} what ${code(text)} matches.` }, range };
  const alone = parseIgnore(text);
  const { files, truncated } = await everyFile(context.folder);
  const matched = files.filter(({ path }) => alone.ignores(path));
  return { contents: { kind: 'markdown', value: describe(matched, does, text, truncated, context) }, range };
}

function describe(matched: readonly WalkedFile[], does: string, pattern: string, truncated: boolean, context: BuildContext): string {
  const among = truncated ? ', as far as the first entries go' : '';
  if (matched.length === 0) return `${code(pattern)} matches no file of the context${among}.`;
  const size = matched.reduce((sum, file) => sum + file.size, 0);
  const largest = matched.toSorted((a, b) => b.size - a.size).slice(0, examples);
  const kept = matched.filter(({ path }) => !context.ignore.ignores(path)).length;
  const left = matched.length - kept;
  const result = kept === 0 ? 'None of them is sent.' : left === 0 ? 'All of them are sent.' : `With the other patterns, ${left.toLocaleString('en')} of them are left out and ${kept.toLocaleString('en')} sent.`;
  return [
    `${does} ${plural(matched.length, 'file')}, ${formatBytes(size)}${among}. ${result}`,
    [...largest.map(({ path, size: bytes }) => `- ${code(path)} ${formatBytes(bytes)}`), ...(matched.length > examples ? ['- …'] : [])].join('\n'),
  ].join('\n\n');
}
