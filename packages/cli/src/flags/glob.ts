/** Go's path.Match: `*`, `?` and `[a-z]`, none of which stands for a slash. Takes time in proportion to the two lengths' product at most. */
export function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.match(/\[\^?(?:\\.|[^\]\\])+\]|\\.|[\s\S]/g) ?? [];
  // Which parts of the pattern may come next, for each character: no going back.
  let next = new Set([0]);
  const open = (places: Set<number>) => {
    for (const place of places) if (parts[place] === '*') places.add(place + 1);
    return places;
  };
  open(next);
  for (const character of path) {
    const after = new Set<number>();
    for (const place of next) {
      const part = parts[place];
      if (part === undefined) continue;
      if (part === '*') {
        if (character !== '/') after.add(place);
      } else if (matchesOne(part, character)) after.add(place + 1);
    }
    next = open(after);
  }
  return next.has(parts.length);
}

function matchesOne(part: string, character: string): boolean {
  if (part === '?') return character !== '/';
  if (part.startsWith('\\')) return character === part.slice(1);
  if (part.length === 1) return character === part;
  const [, not, ranges = ''] = /^\[(\^?)([\s\S]*)\]$/.exec(part) ?? [];
  const within = [...ranges.matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/g)].some(([, from = '', to = from]) => character >= from.replace('\\', '') && character <= to.replace('\\', ''));
  return within !== Boolean(not) && character !== '/';
}
