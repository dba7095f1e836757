import { InsertTextFormat, type Command, type CompletionItem, type CompletionItemKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { spanRange, type Span } from '../positions.js';

/** A proposal before it is tied to a place: `insert` replaces what is already written of it. */
export interface Proposal {
  readonly label: string;
  readonly insert?: string;
  /** `insert` has placeholders. */
  readonly snippet?: boolean;
  readonly kind: CompletionItemKind;
  /** Shown beside the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** Sorts before others: smaller is nearer to what is likely meant. */
  readonly rank?: number;
  /** Ask for completions again, because something has to follow. */
  readonly goOn?: boolean;
  readonly deprecated?: boolean;
  /** What is replaced, if not all that the cursor is in. */
  readonly span?: Span;
}

const goOn: Command = { title: 'Suggest', command: 'editor.action.triggerSuggest' };

export function toItem(document: TextDocument, span: Span, offset: number, proposal: Proposal, snippets: boolean): CompletionItem {
  const { label, insert = label, snippet = false, kind, detail, documentation, rank = 5 } = proposal;
  const { start, end } = onLine(document, { start: proposal.span?.start ?? span.start, end: proposal.span?.end ?? offset }, offset);
  const text = snippet && !snippets ? insert.replaceAll(/\$\{\d+:([^}]*)\}/g, '$1').replaceAll(/\$\{?\d+\}?/g, '') : insert;
  return {
    label,
    kind,
    sortText: `${rank}${label}`,
    filterText: label,
    textEdit: { range: spanRange(document, { start, end }), newText: text },
    insertTextFormat: snippet && snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && { documentation: { kind: 'markdown', value: documentation } }),
    ...(proposal.goOn && { command: goOn }),
    ...(proposal.deprecated && { tags: [1] }),
  };
}

/** An editor takes only what is on the line of the cursor and has the cursor in it; a word may be continued from the line above. */
function onLine(document: TextDocument, { start, end }: Span, offset: number): Span {
  const { line } = document.positionAt(offset);
  const text = document.getText({ start: { line, character: 0 }, end: document.positionAt(offset) });
  const lineStart = offset - text.trimStart().length;
  return { start: Math.min(offset, Math.max(start, lineStart)), end: document.positionAt(end).line === line ? Math.max(end, offset) : offset };
}
