import { describe, expect, it } from 'vitest';
import { parseChmod, parseDuration, parseMount, parsePort, parseSize } from '../../src/index.js';

describe('parseDuration', () => {
  it.each([['5s', 5e9], ['1m30s', 90e9], ['1.5h', 5400e9], ['300ms', 3e8], ['0', 0], ['.5s', 5e8], ['-1s', -1e9], ['2us', 2000], ['7ns', 7]])('%s', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });
  it.each(['', '5', 's', '1x', '1s2', '--1s', 'x5s'])('%j is refused', (text) => expect(() => parseDuration(text)).toThrow('in duration'));
});

describe('parseChmod', () => {
  it.each<[string, number, boolean, number]>([
    ['755', 0o600, false, 0o755],
    ['4755', 0, false, 0o4755],
    ['u=rwX,go=rX', 0o600, true, 0o755],
    ['u=rwX,go=rX', 0o600, false, 0o644],
    ['u=rwX,go=rX', 0o700, false, 0o755],
    ['+x', 0o644, false, 0o755],
    ['+w', 0o444, false, 0o644],
    ['a+w', 0o444, false, 0o666],
    ['a-w,u+s', 0o666, false, 0o4444],
    ['g=u', 0o750, false, 0o770],
    ['o=', 0o777, false, 0o770],
    ['+t', 0o777, true, 0o1777],
    ['u+x-w', 0o644, false, 0o544],
  ])('%s on %o', (text, mode, directory, expected) => expect(parseChmod(text)(mode, directory)).toBe(expected));
  it.each(['', '8', '99999', 'u', 'z+x', 'u=q', '755,u+x'])('%j is refused', (text) => expect(() => parseChmod(text)).toThrow('invalid chmod'));
});

describe('parsePort', () => {
  it.each([
    ['80', { first: 80, last: 80, protocol: 'tcp' }],
    ['53/UDP', { first: 53, last: 53, protocol: 'udp' }],
    ['7000-7005/sctp', { first: 7000, last: 7005, protocol: 'sctp' }],
    ['127.0.0.1:8080:80', { first: 80, last: 80, protocol: 'tcp' }],
  ])('%s', (text, expected) => expect(parsePort(text)).toEqual(expected));
  it.each(['', 'http', '80000', '5-3', '80/xyz', '80-', '-80'])('%j is refused', (text) => expect(() => parsePort(text)).toThrow('invalid containerPort'));
});

describe('parseSize', () => {
  it.each([['100', 100], ['64m', 64 << 20], ['1.5GiB', 1.5 * 1024 ** 3], ['2KB', 2048]])('%s', (text, expected) => expect(parseSize(text)).toBe(expected));
  it.each(['', 'm', '-1', '1x'])('%j is refused', (text) => expect(() => parseSize(text)).toThrow('invalid size'));
});

describe('parseMount', () => {
  it.each([
    ['target=/x', { type: 'bind', target: '/x', readonly: true }],
    ['type=bind,from=a,src=b,dst=/x,rw', { type: 'bind', from: 'a', source: 'b', target: '/x', readonly: false }],
    ['type=cache,destination=/x,id=i,ro=false,uid=1,gid=2', { type: 'cache', target: '/x', id: 'i', uid: 1, gid: 2, readonly: false }],
    ['type=tmpfs,target=/t,size=1m', { type: 'tmpfs', target: '/t', size: 1 << 20, readonly: false }],
    ['type=secret,id=s,env=TOKEN,required', { type: 'secret', id: 's', env: 'TOKEN', required: true, readonly: true }],
    ['type=ssh', { type: 'ssh', readonly: true }],
    ['target=.', { type: 'bind', target: '.', readonly: true }],
    ['"target=/a,b"', { type: 'bind', target: '/a,b', readonly: true }],
  ])('%s', (text, expected) => expect(parseMount(text)).toEqual(expected));
  it.each([
    ['type=bnd,target=/x', 'unsupported mount type "bnd"'],
    ['target', "invalid field 'target' must be a key=value pair"],
    ['targt=/x', "unexpected key 'targt' in 'targt=/x'"],
    ['type=bind,size=1,target=/x', "unexpected key 'size' for mount type 'bind'"],
    ['type=bind,mode=1,target=/x', 'mode not allowed for "bind" type mounts'],
    ['type=cache,sharing=x,target=/x', 'unsupported sharing value "x"'],
    ['sharing=locked,target=/x', 'invalid cache sharing set for bind mount'],
    ['type=secret', 'invalid secret mount. one of source, target required'],
    ['type=secret,id=a,source=b', "both source and id can't be set"],
    ['from=$x,target=/x', "'from' doesn't support variable expansion, define alias stage instead"],
    ['type=cache', 'invalid mount target ""'],
    ['target=/.', 'invalid mount target "/."'],
    ['ro=maybe,target=/x', 'invalid value for ro: maybe'],
    ['"a', 'a quoted field does not end'],
  ])('%s: %s', (text, message) => expect(() => parseMount(text)).toThrow(message));
});
