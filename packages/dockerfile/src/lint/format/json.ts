import type { Finding, Severity } from '../finding.js';
import type { FormatOptions, LintResult } from './format.js';

function write(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function* each(results: readonly LintResult[]): Generator<{ path: string; finding: Finding }> {
  for (const { path, findings } of results) for (const finding of findings) yield { path, finding };
}

/** hadolint's fields, and beside them the whole finding's: `also`, `hint`, `fix` and the end of the range. */
export function formatJson(results: readonly LintResult[]): string {
  return write(
    [...each(results)].map(({ path, finding: { code, also, severity, message, range, hint, fix } }) => ({
      file: path,
      line: range.start.line,
      column: range.start.column,
      endLine: range.end.line,
      endColumn: range.end.column,
      level: severity,
      code,
      message,
      ...(also.length > 0 && { also }),
      ...(hint !== undefined && { hint }),
      ...(fix && { fix }),
    })),
  );
}

const sarifLevels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note', style: 'note' };

/** SARIF 2.1.0, with the fixes as replacements. */
export function formatSarif(results: readonly LintResult[], { version = '0.0.0' }: FormatOptions): string {
  const codes = [...new Set([...each(results)].map(({ finding }) => finding.code))].sort();
  return write({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'caisson', version, rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: [...each(results)].map(({ path, finding }) => sarifResult(path, finding, codes)),
      },
    ],
  });
}

function sarifResult(path: string, { code, severity, message, range, fix, hint }: Finding, codes: readonly string[]) {
  const artifactLocation = { uri: encodeURI(path) };
  const region = { startLine: range.start.line, startColumn: range.start.column, endLine: range.end.line, endColumn: range.end.column };
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: sarifLevels[severity],
    message: { text: hint === undefined ? message : `${message}: ${hint}` },
    locations: [{ physicalLocation: { artifactLocation, region } }],
    ...(fix && {
      fixes: [
        {
          artifactChanges: [
            { artifactLocation, replacements: fix.map((edit) => ({ deletedRegion: { charOffset: edit.start, charLength: edit.end - edit.start }, insertedContent: { text: edit.text } })) },
          ],
        },
      ],
    }),
  };
}

const climateSeverities: Readonly<Record<Severity, string>> = { error: 'blocker', warning: 'major', info: 'info', style: 'minor' };

/** GitLab's and Code Climate's issues; the fingerprint depends on place and rule alone. */
export function formatCodeClimate(results: readonly LintResult[]): string {
  return write(
    [...each(results)].map(({ path, finding: { code, severity, message, range } }) => ({
      type: 'issue',
      check_name: code,
      description: message,
      categories: ['Bug Risk'],
      severity: climateSeverities[severity],
      fingerprint: fingerprint(`${path}\n${code}\n${range.start.line}:${range.start.column}\n${message}`),
      location: { path, lines: { begin: range.start.line, end: range.end.line } },
    })),
  );
}

/** FNV-1a over two seeds as 16 hexadecimal digits: an identity, not a protection. */
function fingerprint(text: string): string {
  return [0x811c9dc5, 0x1000193]
    .map((seed) => {
      let hash = seed;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}

const sonarSeverities: Readonly<Record<Severity, string>> = { error: 'CRITICAL', warning: 'MAJOR', info: 'MINOR', style: 'INFO' };

/** SonarQube's generic issues. A range of no width is given by its line alone, which SonarQube asks for. */
export function formatSonarqube(results: readonly LintResult[]): string {
  return write({
    issues: [...each(results)].map(({ path, finding: { code, severity, message, range } }) => ({
      engineId: 'caisson',
      ruleId: code,
      severity: sonarSeverities[severity],
      type: severity === 'error' ? 'BUG' : 'CODE_SMELL',
      primaryLocation: {
        message,
        filePath: path,
        textRange: {
          startLine: range.start.line,
          ...(range.end.offset > range.start.offset && { endLine: range.end.line, startColumn: range.start.column - 1, endColumn: range.end.column - 1 }),
        },
      },
    })),
  });
}
