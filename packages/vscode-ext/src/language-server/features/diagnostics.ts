import type { Finding, Severity } from '@caisson/dockerfile';
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { spanRange, toRange } from '../positions.js';
import { relatedPlaces } from './related.js';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  style: DiagnosticSeverity.Hint,
};

const deprecated = new Set(['MaintainerDeprecated', 'DL4000', 'LegacyKeyValueFormat', 'NoEmptyContinuation']);
/** What could go without a change to the image. */
const unnecessary = new Set(['RedundantTargetPlatform', 'DL3065', 'MultipleInstructionsDisallowed', 'DL3012', 'DL4003', 'DL4004', 'DL3001']);

/** Where a rule is described; parse errors have no page. */
export function ruleUrl(code: string): string | undefined {
  if (code.startsWith('parse/')) return undefined;
  return `https://github.com/caisson-dev/caisson/blob/main/docs/lint-rules.md#${code.toLowerCase().replace(/[^\w-]/g, '')}`;
}

export function toDiagnostic(analysis: Analysis, finding: Finding): Diagnostic {
  const { code, also, severity, message, hint, range } = finding;
  const { document } = analysis;
  const href = ruleUrl(code);
  const tags = [code, ...also].flatMap((one) => [...(deprecated.has(one) ? [DiagnosticTag.Deprecated] : []), ...(unnecessary.has(one) ? [DiagnosticTag.Unnecessary] : [])]);
  const related = relatedPlaces(analysis, finding).map((place) => ({ location: { uri: document.uri, range: spanRange(document, place.span) }, message: place.message }));
  return {
    range: toRange(document, range),
    severity: severities[severity],
    code,
    source: 'caisson',
    message: hint === undefined ? message : `${message}: ${hint}`,
    ...(href !== undefined && { codeDescription: { href } }),
    ...(tags.length > 0 && { tags: [...new Set(tags)] }),
    ...(related.length > 0 && { relatedInformation: related }),
  };
}
