import type { Rule } from '@caisson/dockerfile';
import { CompletionItemKind } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { ruleText } from '../features/hover.js';
import type { Span } from '../positions.js';
import type { Proposal } from './item.js';
import { directiveProposals } from './keywords.js';

/** Directives at the top, comments that switch rules off, and the rules themselves. */
export async function comments(analysis: Analysis, text: string, offset: number, top: boolean, rules: () => Promise<readonly Rule[]>): Promise<Proposal[]> {
  const list = /^\s*(?:hadolint\s+(?:global\s+)?ignore\s*=|check\s*=(?:.*;)?\s*skip=)\s*(?:[^,;]*,)*\s*([\w/-]*)$/.exec(text);
  if (list) {
    const span: Span = { start: offset - (list[1]?.length ?? 0), end: offset };
    const hadolint = /^\s*hadolint/.test(text);
    return (await rules())
      .filter(({ code }) => hadolint === code.startsWith('DL'))
      .map((rule) => ({ label: rule.code, kind: CompletionItemKind.EnumMember, detail: rule.title, documentation: ruleText(rule), span, rank: 1 }));
  }
  const written = /^\s*([\w\s]*)$/.exec(text);
  if (!written) return [];
  const span: Span = { start: offset - text.length + (/^\s*/.exec(text)?.[0].length ?? 0), end: offset };
  const space = text.startsWith(' ') || text.startsWith('\t') ? '' : ' ';
  const pragmas = [
    ['hadolint ignore=', 'Rules to ignore in the instruction below.'],
    ['hadolint global ignore=', 'Rules to ignore in this file.'],
    ['check=skip=', 'Build checks to skip in the instruction or stage below.'],
  ].map(([label = '', detail = '']): Proposal => ({ label, insert: `${space}${label}`, kind: CompletionItemKind.Property, detail, span, rank: 2, goOn: true }));
  const nothingAbove = top && analysis.file.comments.every(({ range }) => range.start.offset >= span.start - 2);
  return [...(nothingAbove ? directiveProposals(analysis, '').map((one) => ({ ...one, insert: `${space}${one.insert ?? one.label}`, span })) : []), ...pragmas];
}
