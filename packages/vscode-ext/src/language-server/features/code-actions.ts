import * as l10n from '@vscode/l10n';
import { lintFix, type Finding, type LintConfig, type TextEdit as FindingEdit } from '@caisson/dockerfile';
import { CodeActionKind, type CodeAction, type CodeActionContext, type Diagnostic, type Range, type TextEdit } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, spanRange, touches, type Span } from '../positions.js';
import { scanVariables } from '../dockerfile/variable-scan.js';
import { execForm } from './exec-form.js';
import { maintainerLabel } from './maintainer-label.js';
import { suppressHere, suppressInFile } from './suppress.js';

/** The kind of action that an editor can run when a file is saved. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.caisson`;

const wants = (context: CodeActionContext, kind: string) => !context.only || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));

/** What can be done about the findings in a range: mend one, mend all of its kind, or say that it is meant so. */
export async function codeActions(analysis: Analysis, findings: readonly Finding[], range: Range, context: CodeActionContext, config: LintConfig): Promise<CodeAction[]> {
  const actions: CodeAction[] = [];
  if (wants(context, CodeActionKind.QuickFix)) {
    const { document } = analysis;
    const selected: Span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    const here = findings.filter((finding) => span(finding.range).start <= selected.end && span(finding.range).end >= selected.start);
    for (const finding of here) actions.push(...fixes(analysis, finding, findings, context.diagnostics));
    if (findings.some(({ fix }) => fix) && here.some(({ fix }) => fix)) {
      const all = await fixAll(analysis, config);
      if (all) actions.push({ ...all, title: l10n.t('Fix all that can be fixed in this file'), kind: CodeActionKind.QuickFix });
    }
    for (const finding of here) if (!finding.code.startsWith('parse/')) actions.push(...suppressions(analysis, finding, context.diagnostics));
  }
  // Asked for by name only: an editor would show it in every menu otherwise.
  if (context.only?.some((only) => only === CodeActionKind.Source || only === CodeActionKind.SourceFixAll || only === fixAllKind)) {
    const all = await fixAll(analysis, config);
    if (all) actions.push(all);
  }
  return actions;
}

function fixes(analysis: Analysis, finding: Finding, findings: readonly Finding[], diagnostics: readonly Diagnostic[]): CodeAction[] {
  const { document } = analysis;
  const about = { kind: CodeActionKind.QuickFix, diagnostics: diagnostics.filter((one) => isOf(one, analysis, finding)) };
  if (finding.fix) {
    const same = findings.filter((other) => other.code === finding.code && other.fix);
    const one: CodeAction = { ...about, title: l10n.t('Fix: {0}', finding.message), isPreferred: true, edit: edits(analysis, finding.fix) };
    if (same.length < 2) return [one];
    return [one, { ...about, title: l10n.t('Fix all {0} findings of {1} in this file', same.length, finding.code), edit: edits(analysis, withoutOverlap(same.flatMap(({ fix }) => fix ?? []))) }];
  }
  const rewrite = execForm(analysis, finding) ?? maintainerLabel(analysis, finding);
  if (rewrite) return [{ ...about, title: l10n.t('Change to {0}', rewrite.text), isPreferred: true, edit: edits(analysis, [{ ...rewrite.where, text: rewrite.text }]) }];
  const meant = /^did you mean (\S+)\?$/.exec(finding.hint ?? '')?.[1];
  if (meant === undefined) return [];
  const where = meant.startsWith('$') ? variableIn(analysis, finding) : span(finding.range);
  if (!where) return [];
  const text = meant.startsWith('$') ? meant.slice(1) : meant;
  return [{ ...about, title: l10n.t('Change to {0}', meant), isPreferred: true, edit: { changes: { [document.uri]: [{ range: spanRange(document, where), newText: text }] } } }];
}

/** The name in the word of an UndefinedVar finding. */
function variableIn(analysis: Analysis, finding: Finding): Span | undefined {
  const name = /'\$(\w+)'/.exec(finding.message)?.[1];
  return scanVariables(analysis.file.source, span(finding.range), 'word', analysis.file.escape).find((use) => use.name === name)?.span;
}

function suppressions(analysis: Analysis, finding: Finding, diagnostics: readonly Diagnostic[]): CodeAction[] {
  const { document } = analysis;
  const about = { kind: CodeActionKind.QuickFix, diagnostics: diagnostics.filter((one) => isOf(one, analysis, finding)) };
  const here = suppressHere(analysis, finding);
  return [
    ...(here ? [{ ...about, title: l10n.t('Ignore {0} here', finding.code), edit: { changes: { [document.uri]: [here] } } }] : []),
    { ...about, title: l10n.t('Ignore {0} in this file', finding.code), edit: { changes: { [document.uri]: [suppressInFile(analysis, finding)] } } },
  ];
}

function isOf(diagnostic: Diagnostic, analysis: Analysis, finding: Finding): boolean {
  return diagnostic.code === finding.code && touches(span(finding.range), analysis.document.offsetAt(diagnostic.range.start)) && analysis.document.offsetAt(diagnostic.range.end) === finding.range.end.offset;
}

function edits({ document }: Analysis, fix: readonly FindingEdit[]) {
  return { changes: { [document.uri]: fix.map((edit): TextEdit => ({ range: spanRange(document, edit), newText: edit.text })) } };
}

/** An editor refuses edits that overlap; the first one wins. */
function withoutOverlap(fix: readonly FindingEdit[]): FindingEdit[] {
  const kept: FindingEdit[] = [];
  let end = -1;
  for (const edit of fix.toSorted((a, b) => a.start - b.start || a.end - b.end))
    if (edit.start >= end && kept.at(-1)?.start !== edit.start) {
      kept.push(edit);
      end = edit.end;
    }
  return kept;
}

/** Every safe fix, until nothing more can be fixed; undefined where there is none. */
async function fixAll(analysis: Analysis, config: LintConfig): Promise<CodeAction | undefined> {
  const { document, file } = analysis;
  const { text, fixed } = await lintFix(file.source, config);
  if (fixed === 0) return undefined;
  return { title: l10n.t('Fix all that can be fixed'), kind: fixAllKind, edit: { changes: { [document.uri]: [difference(analysis, text)] } } };
}

/** One edit for what lies between the first and the last change, so that cursors and breakpoints elsewhere stay. */
function difference({ document, file: { source } }: Analysis, text: string): TextEdit {
  let start = 0;
  while (start < source.length && source[start] === text[start]) start++;
  let tail = 0;
  while (tail < source.length - start && tail < text.length - start && source[source.length - 1 - tail] === text[text.length - 1 - tail]) tail++;
  return { range: spanRange(document, { start, end: source.length - tail }), newText: text.slice(start, text.length - tail) };
}
