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
  const start = proposal.span?.start ?? span.start;
  const text = snippet && !snippets ? insert.replaceAll(/\$\{\d+:([^}]*)\}/g, '$1').replaceAll(/\$\{?\d+\}?/g, '') : insert;
  return {
    label,
    kind,
    sortText: `${rank}${label}`,
    filterText: label,
    textEdit: { range: spanRange(document, { start, end: proposal.span?.end ?? offset }), newText: text },
    insertTextFormat: snippet && snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && { documentation: { kind: 'markdown', value: documentation } }),
    ...(proposal.goOn && { command: goOn }),
    ...(proposal.deprecated && { tags: [1] }),
  };
}
