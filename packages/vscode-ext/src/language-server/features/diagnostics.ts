import { lint, parseDockerfile, type Severity } from '@caisson/dockerfile';
import { DiagnosticSeverity, type Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { toRange } from '../positions.js';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, info: DiagnosticSeverity.Information, style: DiagnosticSeverity.Hint };

export async function diagnose(document: TextDocument): Promise<Diagnostic[]> {
  const findings = await lint(parseDockerfile(document.getText()));
  return findings.map(({ code, severity, message, range }) => ({ range: toRange(document, range), severity: severities[severity], code, source: 'caisson', message }));
}
