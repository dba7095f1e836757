import { describe, expect, it } from 'vitest';
import { parseGroup, parsePasswd, resolveUser } from '../../src/spec/passwd.js';

const tables = {
  passwd: () => parsePasswd('root:x:0:0:root:/root:/bin/sh\n# a comment:x:1:1::/:\nbroken\n:x:5:5::/:\nbig:x:99999999999:1::/:\nalice:x:1000:1001:Alice,,,:/home/alice:/bin/sh\n1234:x:77:88::/n:\n'),
  group: () => parseGroup('root:x:0:\nwheel:x:10:alice,root\nusers:x:100:alice\nalice:x:1001:\nbad:x:y:alice\n'),
};
const resolve = (user: string, groups: string[] = []) => resolveUser(user, groups, tables);

describe('resolveUser', () => {
  it.each([
    ['', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['0', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['alice', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 100], home: '/home/alice' }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 100], home: '/home/alice' }],
    ['alice:wheel', { uid: 1000, gid: 10, additionalGids: [10], home: '/home/alice' }],
    ['alice:5', { uid: 1000, gid: 5, additionalGids: [5], home: '/home/alice' }],
    ['4321', { uid: 4321, gid: 0, additionalGids: [0], home: undefined }],
    ['4321:8765', { uid: 4321, gid: 8765, additionalGids: [8765], home: undefined }],
    // A name that looks like a number is still the name of somebody.
    ['1234', { uid: 77, gid: 88, additionalGids: [88], home: '/n' }],
  ])('%j', (user, expected) => expect(resolve(user)).toEqual(expected));

  it('adds the groups that are asked for, each once', () => {
    expect(resolve('alice', ['wheel', '7', '100']).additionalGids).toEqual([1001, 10, 100, 7]);
  });

  it.each(['nobody', 'alice:nothing', '99999999999', '-1', 'a b', '0:-1', '4294967295'])('refuses %j', (user) => expect(() => resolve(user)).toThrow(/no (user|group)/));

  it('does without tables', () => {
    const none = { passwd: () => [], group: () => [] };
    expect(resolveUser('', [], none)).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: undefined });
    expect(() => resolveUser('root', [], none)).toThrow('no user');
  });
});
