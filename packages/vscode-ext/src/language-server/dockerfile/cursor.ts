import type { Instruction } from '@caisson/dockerfile';
import { span, type Span } from '../positions.js';
import type { Analysis } from './analysis.js';

/** What is being written at an offset. `text` is what stands of it before the cursor; `span` what a completion replaces. */
export type Cursor =
  | { readonly where: 'nothing' }
  | { readonly where: 'comment'; readonly text: string; readonly span: Span; readonly top: boolean }
  | { readonly where: 'keyword'; readonly text: string; readonly span: Span; readonly trigger: boolean }
  | { readonly where: 'flag-name'; readonly instruction: Instruction; readonly text: string; readonly span: Span; readonly index: number; readonly rest: string }
  | { readonly where: 'flag-value'; readonly instruction: Instruction; readonly flag: string; readonly text: string; readonly span: Span }
  /** `index` counts the words before; `rest` is what stands behind the flags up to the cursor. */
  | { readonly where: 'argument'; readonly instruction: Instruction; readonly text: string; readonly span: Span; readonly index: number; readonly rest: string }
  | { readonly where: 'heredoc'; readonly instruction: Instruction; readonly text: string; readonly span: Span };

/** Works on unfinished lines, which the parser calls invalid but takes apart all the same. */
export function cursorAt(analysis: Analysis, offset: number): Cursor {
  const { file } = analysis;
  const { source } = file;
  const lineStart = source.lastIndexOf('\n', offset - 1) + 1;
  const before = source.slice(lineStart, offset);
  const instruction = enclosing(analysis, offset);
  const body = instruction?.heredocs.find(({ bodyRange, terminatorRange }) => bodyRange.start.offset <= offset && offset < terminatorRange.start.offset);
  if (instruction && body) return { where: 'heredoc', instruction, ...word(source, offset) };
  if (/^\ufeff?\s*#/.test(before)) {
    const first = file.instructions[0]?.range.start.offset ?? Infinity;
    const line = source.indexOf('\n', offset);
    return { where: 'comment', text: before.replace(/^\ufeff?\s*#/, ''), span: { start: lineStart, end: line < 0 ? source.length : line }, top: offset < first };
  }
  if (!instruction) return { where: 'keyword', ...word(source, offset), trigger: false };
  const inner = instruction.kind === 'onbuild' ? instruction.trigger : instruction;
  if (offset <= instruction.keyword.range.end.offset) return { where: 'keyword', ...toKeyword(source, span(instruction.keyword.range), offset), trigger: false };
  if (inner !== instruction) {
    if (offset < inner.keyword.range.start.offset) return { where: 'keyword', ...word(source, offset), trigger: true };
    if (offset <= inner.keyword.range.end.offset) return { where: 'keyword', ...toKeyword(source, span(inner.keyword.range), offset), trigger: true };
  } else if (instruction.name === 'ONBUILD' && instruction.args.length === 0) return { where: 'keyword', ...word(source, offset), trigger: true };
  return inInstruction(source, inner, offset);
}

function inInstruction(source: string, instruction: Instruction, offset: number): Cursor {
  const here = word(source, offset);
  const lastFlag = instruction.flags.findLast(({ range }) => range.start.offset < offset);
  const start = lastFlag && lastFlag.range.start.offset <= here.span.start ? lastFlag : undefined;
  const argsFrom = Math.max(instruction.keyword.range.end.offset, start && start.range.end.offset < offset ? start.range.end.offset : 0);
  if (start && offset <= start.range.end.offset && start.valueRange && start.valueRange.start.offset <= offset) {
    const from = start.valueRange.start.offset;
    return { where: 'flag-value', instruction, flag: start.name, text: source.slice(from, offset), span: { start: from, end: start.range.end.offset } };
  }
  const rest = source.slice(argsFrom, offset).replace(/^\s+/, '');
  const flagsAbove = instruction.name !== 'HEALTHCHECK' || !/^(?:CMD|NONE)\b/i.test(rest);
  if (here.text.startsWith('-') && rest.trimStart() === here.text && flagsAbove) {
    const equals = here.text.indexOf('=');
    if (equals > 0) return { where: 'flag-value', instruction, flag: here.text.slice(2, equals), text: here.text.slice(equals + 1), span: { start: here.span.start + equals + 1, end: here.span.end } };
    return { where: 'flag-name', instruction, ...here, index: 0, rest };
  }
  const words = rest.split(/\s+/);
  return { where: 'argument', instruction, ...here, index: Math.max(0, words.length - 1), rest };
}

/** The instruction that a text typed at the offset becomes a part of. */
function enclosing(analysis: Analysis, offset: number): Instruction | undefined {
  const { source, escape } = analysis.file;
  const instruction = analysis.lastBefore(offset);
  if (!instruction) return undefined;
  if (offset <= instruction.range.end.offset) return instruction;
  const between = source.slice(instruction.range.end.offset, offset);
  if (!between.includes('\n')) return instruction.heredocs.length > 0 ? undefined : instruction;
  // The line above goes on in this one, with nothing in it yet.
  const above = source.slice(0, source.lastIndexOf('\n', offset - 1)).trimEnd();
  return between.replaceAll(escape, '').trim() === '' && above.endsWith(escape) ? instruction : undefined;
}

function toKeyword(source: string, keyword: Span, offset: number): { text: string; span: Span } {
  return { text: source.slice(keyword.start, offset), span: keyword };
}

/** The word that the cursor is in or behind, between blanks. */
function word(source: string, offset: number): { text: string; span: Span } {
  let start = offset;
  while (start > 0 && !/\s/.test(source.charAt(start - 1))) start--;
  if (start === 0 && offset > 0 && source.startsWith('\ufeff')) start = 1;
  let end = offset;
  while (end < source.length && !/\s/.test(source.charAt(end))) end++;
  return { text: source.slice(start, offset), span: { start, end } };
}
