import { CaissonError } from '@caisson/core';

/** A fault in a template or in running it: one line, with the place in the template where it is known. */
export function templateError(message: string, at?: Place, hint?: string): CaissonError {
  return new CaissonError('invalid-argument', `template${at ? ` ${at.line}:${at.column}` : ''}: ${message}`, hint === undefined ? {} : { hint });
}

/** Counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}
