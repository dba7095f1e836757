import { readFileSync } from 'node:fs';
import { isCaissonError, redact, type SourceRange } from '@caisson/core';
import { colors } from './colors.js';

/** docker's exit code for options that are wrong. An error of that kind has it as its `details.exitCode`. */
export const USAGE = 125;

/** Tells the user of a failure: one line; for a fault in a file the place with a caret; a hint where there is one. */
export function reportError(error: unknown): void {
  process.stderr.write(describeError(error));
}

/** Something that is not as it was asked for, and that goes on nevertheless. */
export function reportWarnings(warnings: readonly string[] = []): void {
  const { yellow } = colors(process.stderr);
  for (const warning of warnings) process.stderr.write(`${yellow('caisson: warning:')} ${warning}\n`);
}

export function describeError(thrown: unknown): string {
  const { red, dim } = colors(process.stderr);
  const error = unsuppressed(thrown);
  if (!isCaissonError(error)) {
    const text = process.env.CAISSON_DEBUG && error instanceof Error ? error.stack : error instanceof Error ? error.message : String(error);
    return `${red('caisson:')} ${redact(text ?? 'unknown error')}\n`;
  }
  const lines = [`${red('caisson:')} ${printable(error.message)}`];
  if (error.range) lines.push(...excerpt(error.range));
  if (error.hint !== undefined) lines.push(dim(`hint: ${error.hint}`));
  if (process.env.CAISSON_DEBUG) lines.push(dim(redact(error.stack ?? '')), ...(error.cause instanceof Error ? [dim(`cause: ${redact(error.cause.stack ?? error.cause.message)}`)] : []));
  return `${lines.join('\n')}\n`;
}

/** What a name or a server's answer has of control characters is not for the terminal to obey. */
function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Of an error that came on top while another was on its way, that other: it is what led there. */
function unsuppressed(error: unknown): unknown {
  return error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error ? unsuppressed(error.suppressed) : error;
}

/** `file:line:column`, the line, and carets below the part that is meant. */
function excerpt(range: SourceRange): string[] {
  const { dim, red } = colors(process.stderr);
  const { file, start, end } = range;
  const lines = [`  ${dim('at')} ${file ?? 'Dockerfile'}:${start.line}:${start.column}`];
  const source = file === undefined ? undefined : sourceLine(file, start.line);
  if (source === undefined) return lines;
  const margin = `${start.line} | `;
  const length = Math.max(1, (end.line === start.line ? end.column : source.length + 1) - start.column);
  const indent = source.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
  lines.push(`  ${dim(margin)}${source}`, `  ${' '.repeat(margin.length)}${indent}${red('^'.repeat(Math.min(length, 200)))}`);
  return lines;
}

function sourceLine(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1]?.slice(0, 400);
  } catch {
    return undefined; // standard input, or a file within a remote context
  }
}

/**
 * docker's codes: 125 where the value of an option is wrong; `run` keeps 125 to 127 for failures that are not the program's own, `exec` 126
 * and 127; a template that cannot be read is 64 for inspect; everything else fails with 1.
 */
export function exitCodeOf(error: unknown, path: string): number {
  const code = isCaissonError(error) ? error.details?.exitCode : undefined;
  if (code === 64 || code === USAGE) return code;
  const [, command] = /^(?:container )?(run|exec)$/.exec(path) ?? [];
  if (command === undefined) return 1;
  return typeof code === 'number' ? code : command === 'exec' ? 1 : USAGE;
}
