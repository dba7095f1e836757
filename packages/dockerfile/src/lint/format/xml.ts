import type { Severity } from '../finding.js';
import type { LintResult } from './format.js';

/** Text for an attribute; characters that XML 1.0 does not know are replaced. */
function attribute(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/\p{Cc}|[\ufffe\uffff]/gu, (char) => (/[\n\r\t]/.test(char) ? `&#${char.charCodeAt(0)};` : '\ufffd'));
}

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'info', style: 'info' };

export function formatCheckstyle(results: readonly LintResult[]): string {
  const files = results.map(({ path, findings }) => {
    const errors = findings.map(
      ({ code, severity, message, range: { start } }) =>
        `<error line="${start.line}" column="${start.column}" severity="${levels[severity]}" message="${attribute(message)}" source="${attribute(code)}"/>\n`,
    );
    return `<file name="${attribute(path)}">\n${errors.join('')}</file>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n${files.join('')}</checkstyle>\n`;
}

/** One suite a file, one failed case a finding; a file without findings is one case that passed. */
export function formatJunit(results: readonly LintResult[]): string {
  const suites = results.map(({ path, findings }) => {
    const cases = findings.map(
      ({ code, severity, message, range: { start } }) =>
        `<testcase name="${attribute(code)}" classname="${attribute(path)}"><failure type="${severity}" message="${attribute(`line ${start.line}, column ${start.column}: ${message}`)}"/></testcase>\n`,
    );
    const body = cases.length > 0 ? cases.join('') : `<testcase name="lint" classname="${attribute(path)}"/>\n`;
    return `<testsuite name="${attribute(path)}" tests="${Math.max(1, findings.length)}" failures="${findings.length}">\n${body}</testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="caisson lint">\n${suites.join('')}</testsuites>\n`;
}
