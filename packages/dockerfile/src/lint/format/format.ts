import type { Dockerfile } from '../../ast.js';
import type { Finding } from '../finding.js';
import { formatCheckstyle, formatJunit } from './xml.js';
import { formatCodeClimate, formatJson, formatSarif, formatSonarqube } from './json.js';
import { formatGnu, formatTty } from './text.js';

/** What a linter run found in one file. */
export interface LintResult {
  /** As the user named it; `-` for standard input. */
  readonly path: string;
  readonly file: Dockerfile;
  readonly findings: readonly Finding[];
}

export interface FormatOptions {
  /** ANSI colours, for `tty`. */
  readonly color?: boolean;
  /** Version of the tool, for formats that name it. */
  readonly version?: string;
}

export const formats = ['tty', 'json', 'sarif', 'checkstyle', 'codeclimate', 'gnu', 'junit', 'sonarqube'] as const;
export type Format = (typeof formats)[number];

export function isFormat(name: string): name is Format {
  return formats.some((format) => format === name);
}

const writers: Readonly<Record<Format, (results: readonly LintResult[], options: FormatOptions) => string>> = {
  tty: formatTty,
  json: formatJson,
  sarif: formatSarif,
  checkstyle: formatCheckstyle,
  codeclimate: formatCodeClimate,
  gnu: formatGnu,
  junit: formatJunit,
  sonarqube: formatSonarqube,
};

/** The findings as text, ending in a newline where there is any. */
export function formatFindings(format: Format, results: readonly LintResult[], options: FormatOptions = {}): string {
  return writers[format](results, options);
}
