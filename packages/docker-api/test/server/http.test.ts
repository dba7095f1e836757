import { describe, expect, it } from 'vitest';
import { ApiError, toApiError } from '../../src/server/http/api-error.js';
import { flag, integer, list, object, oneOf, text, textOrTexts } from '../../src/server/http/check.js';
import { parseJson } from '../../src/server/http/body.js';
import { Filters, parseDuration } from '../../src/server/http/filters.js';
import { readLine } from '../../src/server/http/line.js';
import { matchesGlob, matchesPattern } from '../../src/server/http/pattern.js';
import { Query } from '../../src/server/http/query.js';
import { Router } from '../../src/server/http/router.js';
import { splitVersion } from '../../src/server/http/version.js';
import { Readable } from 'node:stream';
import { CaissonError } from '@caisson/core';

const status = (act: () => unknown): number => {
  try {
    act();
  } catch (error) {
    return toApiError(error).status;
  }
  return 200;
};

describe('router', () => {
  const router = new Router([
    { method: 'GET', path: '/images/json', handler: 'list' },
    { method: 'GET', path: '/images/{name*}/json', handler: 'inspect' },
    { method: 'POST', path: '/containers/{id}/start', handler: 'start' },
  ]);

  it.each([
    ['GET', '/images/json', 'list', {}],
    ['GET', '/images/json/json', 'inspect', { name: 'json' }],
    ['GET', '/images/localhost:5000/a/b:1/json', 'inspect', { name: 'localhost:5000/a/b:1' }],
    ['GET', '/images/a%2Fb/json', 'inspect', { name: 'a/b' }],
    ['POST', '/containers/x/start', 'start', { id: 'x' }],
  ])('%s %s', (method, path, handler, params) => {
    const found = router.find(method, path);
    expect(found?.handler).toBe(handler);
    expect(Object.fromEntries(found?.params ?? [])).toEqual(params);
  });

  it('finds nothing where there is nothing', () => {
    for (const [method, path] of [['POST', '/images/json'], ['GET', '/'], ['GET', '/images'], ['POST', '/containers/a/b/start'], ['TRACE', '/images/json']] as const) expect(router.find(method, path)).toBeUndefined();
  });

  it('refuses what is not validly encoded', () => {
    expect(status(() => router.find('GET', '/images/%zz/json'))).toBe(400);
    expect(status(() => router.find('GET', '/images/%00/json'))).toBe(400);
  });
});

describe('versions', () => {
  it.each([
    ['/v1.41/info', 41, '/info'],
    ['/info', 51, '/info'],
    ['/v1.24/_ping', 24, '/_ping'],
    ['/volumes/v1.41', 51, '/volumes/v1.41'],
    ['/v/x', 51, '/v/x'],
  ])('%s', (path, minor, rest) => {
    expect(splitVersion(path)).toEqual({ minor, path: rest });
  });

  it('says in docker’s words what it does not speak', () => {
    expect(() => splitVersion('/v1.99/info')).toThrow('client version 1.99 is too new. Maximum supported API version is 1.51');
    expect(() => splitVersion('/v2.0/info')).toThrow('too new');
    expect(() => splitVersion('/v1.10/info')).toThrow('client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version');
  });
});

describe('query', () => {
  it('reads flags as docker does', () => {
    const query = new Query('a=1&b=0&c=&d=true&e=False&f=no&g=none&h=x');
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => query.flag(name))).toEqual([true, false, false, true, false, false, false, true, false]);
    expect(query.flag('i', true)).toBe(true);
  });

  it('refuses what is of another kind', () => {
    expect(status(() => new Query('n=1.5').integer('n'))).toBe(400);
    expect(status(() => new Query('n=9007199254740993').integer('n'))).toBe(400);
    expect(status(() => new Query('t=yesterday').time('t'))).toBe(400);
    expect(status(() => new Query('j=%7B').json('j'))).toBe(400);
    expect(new Query('t=1700000000.5').time('t')).toEqual(new Date(1_700_000_000_500));
    expect(new Query('t=2024-01-01T00:00:00Z').time('t')).toEqual(new Date('2024-01-01T00:00:00Z'));
  });
});

describe('filters', () => {
  const of = (value: unknown) => Filters.of(new Query(`filters=${encodeURIComponent(JSON.stringify(value))}`), ['name', 'label', 'dangling', 'until', 'label!']);

  it('takes both forms', () => {
    expect(of({ name: ['a', 'b'] }).all('name')).toEqual(['a', 'b']);
    expect(of({ name: { a: true, b: false } }).all('name')).toEqual(['a']);
  });

  it.each([[{ nosuch: ['a'] }], [{ name: 'a' }], [{ name: [1] }], [[]], ['x'], [{ dangling: ['maybe'] }]])('refuses %j', (value) => {
    expect(status(() => of(value).flag('dangling'))).toBe(400);
  });

  it('compares labels', () => {
    expect(of({ label: ['a', 'b=1'] }).labels({ a: '', b: '1' })).toBe(true);
    expect(of({ label: ['a', 'b=2'] }).labels({ a: '', b: '1' })).toBe(false);
    expect(of({ label: ['toString'] }).labels({})).toBe(false);
  });

  it('makes options of a prune', () => {
    const now = new Date('2024-01-02T00:00:00Z');
    expect(of({ until: ['24h'], label: ['a=b', 'c'], 'label!': ['d'] }).prune(now)).toEqual({ before: new Date('2024-01-01T00:00:00Z'), labels: { a: 'b', c: undefined }, withoutLabels: { d: undefined } });
    expect(parseDuration('1h30m')).toBe(5_400_000);
    expect(parseDuration('soon')).toBeUndefined();
  });
});

describe('patterns', () => {
  it('matches names as regular expressions and in parts', () => {
    expect(matchesPattern('web', 'my-web-1')).toBe(true);
    expect(matchesPattern('^/?web$', 'web')).toBe(true);
    expect(matchesPattern('w.b|x', 'wob')).toBe(true);
  });

  it('does not let a pattern keep it busy', () => {
    for (const pattern of ['(a+)+$', '(a|a)*b', '.*.*.*.*x', '(', `(${'a|'.repeat(300)}a)`]) expect(status(() => matchesPattern(pattern, 'a'.repeat(60)))).toBe(400);
  });

  it('takes a glob by its parts', () => {
    expect(matchesGlob('busy*', 'busybox')).toBe(true);
    expect(matchesGlob('*', 'a/b')).toBe(false);
    expect(matchesGlob('*/b:?', 'a/b:1')).toBe(true);
    expect(matchesGlob('a.c', 'abc')).toBe(false);
    expect(matchesGlob('[', '[')).toBe(true);
  });
});

describe('bodies', () => {
  const shape = object({ Name: text, Count: integer, On: flag, Cmd: textOrTexts, Kind: oneOf('a', 'b'), Deep: object({ List: list(text) }) });
  const parse = (value: string) => parseJson(Buffer.from(value), shape);

  it('takes known fields in any case, and null as absent', () => {
    expect(parse('{"name":"n","Count":1,"on":null,"cmd":"x","Kind":"b","deep":{"list":["a"]},"Other":{}}')).toEqual({ Name: 'n', Count: 1, Cmd: ['x'], Kind: 'b', Deep: { List: ['a'] } });
  });

  it.each(['', '[]', 'null', '{"Name":1}', '{"Count":"1"}', '{"Count":1.5}', '{"On":"true"}', '{"Kind":"c"}', '{"Deep":[]}', '{"Deep":{"List":"a"}}', '{"Deep":{"List":[1]}}', '{"Name":"a\\u0000b"}', '{', '{"a":'])('refuses %s', (body) => {
    expect(status(() => parse(body))).toBe(400);
  });

  it('does not take a field for one of the object’s own', () => {
    expect(Object.keys(parse('{"__proto__":{"Name":"x"},"constructor":1}'))).toEqual([]);
  });

  it('reads a first line however it comes', async () => {
    const { line, rest } = await readLine(Readable.from([Buffer.from('{"a"'), Buffer.from(':1}\nta'), Buffer.from('r')]), 100);
    expect(line.toString()).toBe('{"a":1}');
    const pieces: Uint8Array[] = [];
    for await (const piece of rest) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('tar');
    await expect(readLine(Readable.from([Buffer.alloc(200)]), 100)).rejects.toBeInstanceOf(ApiError);
  });
});

it('gives each kind of failure docker’s status', () => {
  expect(toApiError(new CaissonError('in-use', 'x')).status).toBe(409);
  expect(toApiError(new CaissonError('not-found', 'x', { hint: 'look elsewhere' }))).toMatchObject({ status: 404, message: 'x (look elsewhere)' });
  expect(toApiError(new CaissonError('runtime-failed', 'no such program', { details: { exitCode: 127 } }))).toMatchObject({ status: 400, message: 'no such program: executable file not found' });
  expect(toApiError(new Error('oops')).status).toBe(500);
  expect(toApiError('odd').status).toBe(500);
});
