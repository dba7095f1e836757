import { CompletionItemKind } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import type { Span } from '../positions.js';
import { instructionDocs } from '../reference/instructions.js';
import { directives } from '../reference/words.js';
import { instructionText } from '../features/hover.js';
import type { Proposal } from './item.js';

const noTriggers = new Set(['FROM', 'ONBUILD', 'MAINTAINER']);

/** Instructions, in the case that is being typed; before the first FROM those that may stand there come first. */
export function keywords(analysis: Analysis, text: string, span: Span, trigger: boolean): Proposal[] {
  const lower = text !== '' && text === text.toLowerCase();
  const atStart = !analysis.resolved.stages.some(({ range }) => range.start.offset < span.start);
  const found = instructionDocs
    .filter(({ name, deprecated }) => !deprecated && !(trigger && noTriggers.has(name)))
    .map((doc): Proposal => {
      const likely = atStart && !trigger ? doc.name === 'FROM' || doc.name === 'ARG' : true;
      return {
        label: lower ? doc.name.toLowerCase() : doc.name,
        insert: lower ? doc.snippet.replace(doc.name, doc.name.toLowerCase()) : doc.snippet,
        snippet: true,
        kind: CompletionItemKind.Keyword,
        detail: doc.summary,
        documentation: instructionText(doc),
        rank: likely ? 1 : 3,
        span,
      };
    });
  if (trigger || analysis.file.instructions.some(({ range }) => range.start.offset < span.start) || analysis.document.positionAt(span.start).character > 0) return found;
  return [...found, ...directiveProposals(analysis, '# ')];
}

const values: Readonly<Record<string, string>> = { syntax: '${1|docker/dockerfile:1,docker/dockerfile:1-labs|}', escape: '${1|`,\\\\|}', check: 'skip=${1:rule}' };

/** Parser directives that are not there yet. */
export function directiveProposals({ file }: Analysis, before: string): Proposal[] {
  return directives
    .filter(([name]) => !file.directives.some((directive) => directive.name === name))
    .map(([name, summary]) => ({ label: `${before}${name}=`, insert: `${before}${name}=${values[name] ?? ''}`, snippet: true, kind: CompletionItemKind.Property, detail: summary, rank: 4 }));
}
