import { readFileSync } from 'node:fs';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import { ignorePatterns, parseIgnore } from '@caisson/dockerfile';
import { withRange } from '../faults.js';
import type { IgnoreFilter } from './ignore-filter.js';

const maxIgnoreFile = 1024 * 1024;

export interface IgnoreFile {
  readonly filter: IgnoreFilter;
  readonly text: string;
}

/** The filter that an ignore file asks for; undefined where there is no such file. @throws CaissonError `invalid-content` for a bad pattern. */
export function readIgnoreFile(path: string): IgnoreFile | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fromSystemError(error, `reading ${path}`);
  }
  if (bytes.length > maxIgnoreFile) throw new CaissonError('limit-exceeded', `${path} is larger than ${maxIgnoreFile} bytes`);
  const text = bytes.toString('utf8');
  return { filter: ignoreFilter(text, path), text };
}

/** The filter that a text of such a file asks for; `path` is for messages. */
export function ignoreFilter(text: string, path: string): IgnoreFilter {
  const ignore = parseIgnore(text, { file: path });
  const [problem] = ignore.errors;
  if (problem) throw new CaissonError('invalid-content', problem.message, { range: { ...problem.range, file: path }, ...(problem.hint === undefined ? {} : { hint: problem.hint }) });
  return ignore;
}

/** The patterns of `--exclude`. @throws CaissonError `invalid-content` */
export function compileIgnore(patterns: readonly string[]): IgnoreFilter {
  try {
    return ignorePatterns(patterns);
  } catch (error) {
    throw withRange(error, { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } });
  }
}
