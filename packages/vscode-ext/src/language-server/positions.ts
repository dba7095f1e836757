import type { SourceRange } from '@caisson/dockerfile';
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** By offsets, because an editor ends lines at a lone carriage return too, and the parser does not. */
export function toRange(document: TextDocument, range: SourceRange): Range {
  return spanRange(document, span(range));
}

export function spanRange(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export function span(range: SourceRange): Span {
  return { start: range.start.offset, end: range.end.offset };
}

/** The end counts: a cursor directly behind a word is on it. */
export function touches({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset <= end;
}
