import { CaissonError } from '@caisson/core';

/** For `-it` without a terminal; docker's words, which scripts look for, and its exit code. */
export function notATerminal(): CaissonError {
  return new CaissonError('invalid-argument', 'the input device is not a TTY', { hint: 'leave out -t', details: { exitCode: 1 } });
}
