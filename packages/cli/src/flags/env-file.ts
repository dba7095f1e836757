import { readFileSync } from 'node:fs';
import { CaissonError, fromSystemError } from '@caisson/core';
import { invalid } from './values.js';

/**
 * The lines of `--env-file` and `--label-file`, as docker reads them: a value is all that follows the first `=`, quotes and spaces
 * included; blank lines and those that begin with `#` are left out. @throws CaissonError `not-found`, `invalid-argument`
 */
export function readEntries(files: readonly string[] | undefined): string[] {
  return (files ?? []).flatMap((file) => {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)); // takes a byte order mark away
    } catch (error) {
      throw error instanceof TypeError ? new CaissonError('invalid-argument', `${file} is not UTF-8 text`) : fromSystemError(error, `reading ${file}`);
    }
    return text.split(/\r?\n/).flatMap((line, index) => {
      const entry = line.trimStart();
      if (entry === '' || entry.startsWith('#')) return [];
      const name = entry.split('=', 1)[0] ?? '';
      if (name === '') throw new CaissonError('invalid-argument', `${file}:${index + 1}: there is no name before the =`);
      if (/\s/.test(name)) throw new CaissonError('invalid-argument', `${file}:${index + 1}: the name ${JSON.stringify(name.slice(0, 60))} contains white space`);
      return [entry];
    });
  });
}

/** NAME alone: the caller's own value, and nothing when there is none. @throws CaissonError `invalid-argument` */
export function passOn(entry: string): string[] {
  if (entry === '' || entry.startsWith('=')) invalid('--env', entry, 'write NAME=value');
  if (entry.includes('=')) return [entry];
  const own = process.env[entry];
  return own === undefined ? [] : [`${entry}=${own}`];
}
