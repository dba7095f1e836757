import * as l10n from '@vscode/l10n';
import { CodeActionKind, DiagnosticSeverity, DiagnosticTag, type CodeAction, type Diagnostic, type Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { spanRange, type Span } from '../positions.js';
import { patternLines, type PatternLine } from './lines.js';

interface Slip {
  readonly code: string;
  readonly message: string;
  readonly severity: DiagnosticSeverity;
  readonly related?: PatternLine;
  readonly unnecessary?: true;
  /** What the line should be instead; `undefined` for none, to take it out. */
  readonly fix?: { readonly title: string; readonly text: string | undefined };
}

interface Found extends Slip {
  readonly line: PatternLine;
}

/** Patterns that are not valid, and those that cannot do what their writer thinks. */
export function ignoreDiagnostics(document: TextDocument): Diagnostic[] {
  return findSlips(document.getText()).map(({ line, code, message, severity, related, unnecessary }) => ({
    range: spanRange(document, line.span),
    severity,
    code,
    source: 'caisson',
    message,
    ...(unnecessary && { tags: [DiagnosticTag.Unnecessary] }),
    ...(related && { relatedInformation: [{ location: { uri: document.uri, range: spanRange(document, related.span) }, message: l10n.t('here') }] }),
  }));
}

export function ignoreActions(document: TextDocument, range: Range, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return findSlips(document.getText()).flatMap(({ line, code, fix }) => {
    if (!fix || line.line < range.start.line || line.line > range.end.line) return [];
    const edit = fix.text === undefined ? { range: { start: { line: line.line, character: 0 }, end: { line: line.line + 1, character: 0 } }, newText: '' } : { range: spanRange(document, line.span), newText: fix.text };
    return [{ title: fix.title, kind: CodeActionKind.QuickFix, isPreferred: true, diagnostics: diagnostics.filter((one) => one.code === code && one.range.start.line === line.line), edit: { changes: { [document.uri]: [edit] } } }];
  });
}

function findSlips(source: string): Found[] {
  const found: Found[] = [];
  const seen = new Map<string, { line: PatternLine; negations: number }>();
  let negations = 0;
  let positive = 0;
  for (const line of patternLines(source)) {
    const slip = slipOf(line, source, positive);
    if (slip) found.push({ ...slip, line });
    if (!line.pattern) continue;
    const { text, exclusion } = line.pattern;
    const key = `${exclusion ? '!' : ''}${text}`;
    const before = seen.get(key);
    // In between, a pattern of the other kind may have turned what this one decides.
    const others = exclusion ? positive : negations;
    if (before?.negations === others && !slip)
      found.push({ line, code: 'ignore/duplicate', message: l10n.t('{0} is above already', line.text), severity: DiagnosticSeverity.Hint, related: before.line, unnecessary: true, fix: { title: l10n.t('Remove this line'), text: undefined } });
    seen.set(key, { line, negations: others });
    if (exclusion) negations++;
    else positive++;
  }
  return found;
}

function slipOf({ text, problem, pattern, span }: PatternLine, source: string, positive: number): Slip | undefined {
  if (problem) return { code: 'ignore/pattern', message: problem.hint === undefined ? problem.message : `${problem.message}: ${problem.hint}`, severity: DiagnosticSeverity.Error };
  const bare = text.replace(/^!\s*/, '');
  if (text.startsWith('#') && isIndented(source, span))
    return { code: 'ignore/comment', message: l10n.t('a comment begins in the first column; here this is a pattern'), severity: DiagnosticSeverity.Warning };
  if (/\S\s+#/.test(text)) return { code: 'ignore/comment', message: l10n.t('a comment needs a line of its own; here it is a part of the pattern'), severity: DiagnosticSeverity.Warning, fix: { title: l10n.t('Remove the comment'), text: text.replace(/\s+#.*$/, '') } };
  if (pattern && /^\.\.(?:\/|$)/.test(pattern.text)) return { code: 'ignore/outside', message: l10n.t('nothing above the context is ever sent'), severity: DiagnosticSeverity.Warning, unnecessary: true };
  if (/\w\\\w/.test(bare)) return { code: 'ignore/backslash', message: l10n.t('a backslash escapes the next character; folders are set apart by /'), severity: DiagnosticSeverity.Warning, fix: { title: l10n.t('Use slashes'), text: text.replaceAll('\\', '/') } };
  if (pattern?.exclusion && positive === 0) return { code: 'ignore/nothing-to-keep', message: l10n.t('no pattern above leaves anything out that this could bring back'), severity: DiagnosticSeverity.Warning, unnecessary: true };
  return undefined;
}

function isIndented(source: string, { start }: Span): boolean {
  return start > 0 && source.charAt(start - 1) !== '\n' && source.charAt(start - 1) !== '\ufeff';
}
