import type { BuildEvent } from '@caisson/core';

/** Why a step was not found in the cache, in one line. */
export function explainMiss({ reason }: Extract<BuildEvent, { type: 'miss' }>): string {
  const changes = reason.changes.slice(0, 5).map(({ what, how }) => `${what} ${how}`);
  const more = reason.changes.length > 5 ? ` and ${reason.changes.length - 5} more` : '';
  return `cache miss: ${reason.text}${changes.length > 1 ? ` (${changes.join(', ')}${more})` : ''}`;
}
