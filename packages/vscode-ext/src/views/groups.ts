/** What belongs together, in the order in which each group was first seen. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const collator = new Intl.Collator(undefined, { numeric: true });

export function byText<T>(textOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => collator.compare(textOf(a), textOf(b));
}

/** Largest, or latest, first. */
export function byNumber<T>(numberOf: (item: T) => number): (a: T, b: T) => number {
  return (a, b) => numberOf(b) - numberOf(a);
}
