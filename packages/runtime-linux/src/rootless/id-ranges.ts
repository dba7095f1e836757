/** IDs of the host that a user may map into namespaces. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** A user's ranges in /etc/subuid or /etc/subgid (subuid(5)), where users are named or numbered. */
export function idRanges(text: string, name: string, uid: number): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [who, start, count] = line.trim().split(':');
    const range = { start: Number(start), count: Number(count) };
    return (who === name || who === String(uid)) && range.start > 0 && range.count > 0 ? [range] : [];
  });
}

/** The arguments of newuidmap(1): ID 0 is the user, and those above are of the ranges, one after the other. */
export function mapArguments(own: number, ranges: readonly IdRange[]): string[] {
  const args = ['0', String(own), '1'];
  let next = 1;
  for (const { start, count } of ranges) {
    args.push(String(next), String(start), String(count));
    next += count;
  }
  return args;
}

/** A line of /proc/PID/uid_map (user_namespaces(7)). */
export interface IdMapping {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export function parseIdMap(text: string): IdMapping[] {
  return text.split('\n').flatMap((line) => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    return inside === undefined || outside === undefined || count === undefined ? [] : [{ inside, outside, count }];
  });
}

/** Whether these are all IDs of the host, as themselves: the first namespace's. */
export const isWholeHost = (map: readonly IdMapping[]): boolean => map.length === 1 && map[0]?.inside === 0 && map[0].outside === 0 && map[0].count === 0xffffffff;
