/** One resource of a bearer token and what may be done with it (distribution's token scope: `repository:library/alpine:pull,push`). */
export interface Scope {
  readonly resource: string;
  readonly actions: readonly string[];
}

export function repositoryScope(path: string, ...actions: ('pull' | 'push' | 'delete')[]): Scope {
  return { resource: `repository:${path}`, actions };
}

export const catalogScope: Scope = { resource: 'registry:catalog', actions: ['*'] };

export function formatScope(scope: Scope): string {
  return `${scope.resource}:${[...scope.actions].sort().join(',')}`;
}

/** Reads the space-separated list of a challenge; what is no scope is left out. */
export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap((part) => {
    const colon = part.lastIndexOf(':');
    return colon > 0 ? [{ resource: part.slice(0, colon), actions: part.slice(colon + 1).split(',').filter(Boolean) }] : [];
  });
}

/** One scope a resource, with the actions of all. */
export function mergeScopes(...lists: (readonly Scope[])[]): Scope[] {
  const merged = new Map<string, Set<string>>();
  for (const { resource, actions } of lists.flat()) {
    const known = merged.get(resource) ?? new Set();
    for (const action of actions) known.add(action);
    merged.set(resource, known);
  }
  return [...merged].map(([resource, actions]) => ({ resource, actions: [...actions] }));
}

/** True when `have` allows everything that `want` asks for. */
export function coversScopes(have: readonly Scope[], want: readonly Scope[]): boolean {
  return want.every((w) => have.some((h) => h.resource === w.resource && w.actions.every((action) => h.actions.includes(action))));
}
