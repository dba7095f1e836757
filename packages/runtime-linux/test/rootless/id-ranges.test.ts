import { describe, expect, it } from 'vitest';
import { idRanges, isWholeHost, mapArguments, parseIdMap } from '../../src/rootless/id-ranges.js';

describe('ranges of IDs', () => {
  const text = 'alice:100000:65536\nbob:165536:65536\n1001:300000:1000\nalice:400000:10\nbroken\nalice:x:1\n# alice:1:1\n';
  it('are found by name and by number', () => {
    expect(idRanges(text, 'alice', 1000)).toEqual([{ start: 100000, count: 65536 }, { start: 400000, count: 10 }]);
    expect(idRanges(text, 'carol', 1001)).toEqual([{ start: 300000, count: 1000 }]);
    expect(idRanges(text, 'dave', 7)).toEqual([]);
  });

  it('follow the user’s own ID, one after the other', () => {
    expect(mapArguments(1000, idRanges(text, 'alice', 1000)).join(' ')).toBe('0 1000 1 1 100000 65536 65537 400000 10');
  });
});

describe('maps of IDs', () => {
  it('tell the host’s first namespace from others', () => {
    expect(isWholeHost(parseIdMap('         0          0 4294967295\n'))).toBe(true);
    expect(isWholeHost(parseIdMap('0 1000 1\n1 100000 65536\n'))).toBe(false);
    expect(parseIdMap('0 1000 1\n1 100000 65536\n')).toEqual([{ inside: 0, outside: 1000, count: 1 }, { inside: 1, outside: 100000, count: 65536 }]);
  });
});
