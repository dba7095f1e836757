import { isCaissonError } from '@caisson/core';

/** What to tell a person: the message, and what to do about it where that is known. */
export function explain(error: unknown): string {
  // The message begins with the command that failed.
  if (isCaissonError(error, 'build-failed')) return error.message;
  if (isCaissonError(error)) return error.hint === undefined ? sentence(error.message) : `${sentence(error.message)} ${sentence(error.hint)}`;
  return error instanceof Error ? sentence(error.message) : String(error);
}

export function isCancelled(error: unknown): boolean {
  return isCaissonError(error, 'cancelled') || (error instanceof Error && error.name === 'AbortError');
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(first) ? first : `${first}.`;
}
