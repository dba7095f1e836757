import type { Finding, Severity } from '../finding.js';
import type { FormatOptions, LintResult } from './format.js';

const colours: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36, style: 35 };

/** Control characters of the file must not reach the terminal; tabs become one space, so that carets stay below their text. */
function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');
}

/** Each finding with the source line and carets below what it is about, then the counts. */
export function formatTty(results: readonly LintResult[], { color = false }: FormatOptions): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const out: string[] = [];
  const counts = new Map<Severity, number>();
  for (const { path, file, findings } of results) {
    const lines = findings.length > 0 ? file.source.split('\n') : [];
    for (const finding of findings) {
      counts.set(finding.severity, (counts.get(finding.severity) ?? 0) + 1);
      const { start, end } = finding.range;
      const names = [finding.code, ...finding.also].join(', ');
      out.push(`${paint(1, `${path}:${start.line}:${start.column}`)} ${paint(colours[finding.severity], finding.severity)} ${paint(2, names)} ${printable(finding.message)}`);
      const source = (lines[start.line - 1] ?? '').replace(/\r$/, '').replace(/^\ufeff/, '');
      const gutter = String(start.line).padStart(5);
      const shown = source.slice(0, 300);
      out.push(`${paint(2, `${gutter} |`)} ${printable(shown)}`);
      const last = end.line === start.line ? end.column : source.length + 1;
      const width = Math.max(1, Math.min(last, shown.length + 1) - start.column);
      if (start.column <= shown.length + 1) out.push(`${paint(2, '      |')} ${' '.repeat(start.column - 1)}${paint(colours[finding.severity], '^'.repeat(width))}`);
      if (finding.hint !== undefined) out.push(`${paint(2, '      =')} ${printable(finding.hint)}${finding.fix ? ' (--fix does it)' : ''}`);
      else if (finding.fix) out.push(`${paint(2, '      =')} --fix does it`);
    }
  }
  const total = [...counts].map(([severity, count]) => `${count} ${severity}${count > 1 && severity !== 'info' && severity !== 'style' ? 's' : ''}`);
  if (total.length > 0) out.push('', total.join(', '));
  return out.length > 0 ? `${out.join('\n')}\n` : '';
}

/** `file:line:column: CODE severity: message`, as compilers write it. */
export function formatGnu(results: readonly LintResult[]): string {
  return results.flatMap(({ path, findings }) => findings.map((finding) => `${gnuLine(path, finding)}\n`)).join('');
}

function gnuLine(path: string, { code, severity, message, range: { start } }: Finding): string {
  return `${path}:${start.line}:${start.column}: ${code} ${severity}: ${printable(message)}`;
}
