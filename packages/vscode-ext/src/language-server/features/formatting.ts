import { parseDockerfile, type Dockerfile, type Instruction } from '@caisson/dockerfile';
import type { FormattingOptions, Range, TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis } from '../dockerfile/analysis.js';
import { continuationIndents } from './indentation.js';

interface Line {
  readonly start: number;
  readonly text: string;
}

/**
 * Indents continued lines by one step and keeps what is deeper as it is, takes off space at the ends of lines, puts one space behind keywords
 * and at most one blank line between instructions. Heredocs, and lines that begin within quotes, stay as they are; if the instructions came out
 * different all the same, nothing is changed.
 */
export function format(analysis: Analysis, options: FormattingOptions, range?: Range): TextEdit[] {
  const { document, file } = analysis;
  const edits = lineEdits(file, options).filter(({ line }) => !range || (range.start.line <= line && line <= range.end.line)).map(({ edit }) => edit);
  if (edits.length === 0) return [];
  const after = TextDocument.applyEdits(document, edits);
  return sameMeaning(file, parseDockerfile(after)) ? edits : [];
}

function splitLines(source: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= source.length; ) {
    const newline = source.indexOf('\n', start);
    const end = newline < 0 ? source.length : newline;
    lines.push({ start, text: source.slice(start, end).replace(/\r$/, '') });
    if (newline < 0) break;
    start = end + 1;
  }
  return lines;
}

function lineEdits(file: Dockerfile, options: FormattingOptions): { line: number; edit: TextEdit }[] {
  const lines = splitLines(file.source);
  const wanted: (string | undefined)[] = lines.map(({ text }) => text);
  const untouched = new Set<number>();
  for (const { heredocs } of file.instructions)
    for (const { bodyRange, terminatorRange } of heredocs) for (let line = bodyRange.start.line - 1; line < terminatorRange.end.line; line++) untouched.add(line);
  const inside = new Map<number, string>();
  for (const instruction of file.instructions) indentInstruction(file, instruction, lines, options, inside);
  const keywords = new Map(file.instructions.map((instruction) => [instruction.range.start.line - 1, instruction]));
  const first = file.instructions[0]?.range.start.line ?? Infinity;
  let blanks = 0;
  for (const [index, { text }] of lines.entries()) {
    if (untouched.has(index)) {
      blanks = 0;
      continue;
    }
    const indented = inside.get(index);
    const trimmed = (indented ?? text).replace(/[ \t]+$/, '');
    const keyword = keywords.get(index);
    blanks = trimmed === '' && indented === undefined ? blanks + 1 : 0;
    // A blank line above the first instruction decides what is a directive.
    if (blanks > 1 && index + 1 > first && index < lines.length - 1) wanted[index] = undefined;
    else if (keyword) wanted[index] = startLine(keyword, trimmed);
    else wanted[index] = indented === undefined ? trimmed.replace(/^(?<bom>\ufeff?)[ \t]+(?=#)/, '$<bom>') : trimmed;
  }
  return lines.flatMap(({ text }, line) => {
    const now = wanted[line];
    if (now === text) return [];
    const end = { line, character: text.length };
    if (now === undefined) return [{ line, edit: { range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, newText: '' } }];
    let same = 0;
    while (same < text.length && text[same] === now[same]) same++;
    return [{ line, edit: { range: { start: { line, character: same }, end }, newText: now.slice(same) } }];
  });
}

/** The line of a keyword: nothing before it, one space behind. */
function startLine({ keyword }: Instruction, text: string): string {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  const bare = text.slice(bom.length).trimStart();
  const rest = bare.slice(keyword.value.length);
  if (!bare.startsWith(keyword.value)) return text;
  return bom + keyword.value + (/^[ \t]+\S/.test(rest) ? ` ${rest.trimStart()}` : rest);
}

function indentInstruction(file: Dockerfile, instruction: Instruction, lines: readonly Line[], options: FormattingOptions, into: Map<number, string>): void {
  const firstLine = instruction.range.start.line - 1;
  const [heredoc] = instruction.heredocs;
  const lastLine = heredoc ? heredoc.bodyRange.start.line - 2 : instruction.range.end.line - 1;
  if (lastLine <= firstLine) return;
  const texts = lines.slice(firstLine, lastLine + 1).map(({ text }) => text);
  for (const [index, text] of continuationIndents(texts, file.escape, options).entries()) if (text !== undefined && index > 0) into.set(firstLine + index, text);
}

/** Equal but for space between words. */
function sameMeaning(a: Dockerfile, b: Dockerfile): boolean {
  const told = (file: Dockerfile) =>
    JSON.stringify([
      file.directives.map(({ name, value }) => [name, value]),
      file.errors.map(({ code, message }) => [code, message]),
      file.instructions.map(({ name, line, heredocs }) => [name, line.replaceAll(/\s+/g, ' ').trim(), heredocs.map(({ content }) => content)]),
    ]);
  return told(a) === told(b);
}
