import { expect, it } from 'vitest';
import { parsePlace } from '../../src/copy/place.js';

it.each([
  ['-', 'linux', { kind: 'stream' }],
  ['box:/etc', 'linux', { kind: 'container', container: 'box', path: '/etc' }],
  ['box:', 'linux', { kind: 'container', container: 'box', path: '/' }],
  ['./a:b', 'linux', { kind: 'local', path: './a:b' }],
  ['/a:b', 'linux', { kind: 'local', path: '/a:b' }],
  ['a\\b', 'linux', { kind: 'local', path: 'a\\b' }],
  ['box:a\\b', 'linux', { kind: 'container', container: 'box', path: 'a\\b' }],
  // Of an engine on Windows that is spoken to from here.
  ['box:C:\\app\\x', 'linux', { kind: 'container', container: 'box', path: '/app/x' }],
  ['box:C:\\app\\x', 'win32', { kind: 'container', container: 'box', path: '/app/x' }],
  ['box:c:/app/.', 'win32', { kind: 'container', container: 'box', path: '/app/.' }],
  ['box:C:', 'win32', { kind: 'container', container: 'box', path: '/' }],
  ['box:\\app\\x\\', 'win32', { kind: 'container', container: 'box', path: '/app/x/' }],
  ['box:D:\\x', 'win32', { kind: 'container', container: 'box', path: 'D:/x' }],
  ['C:\\temp\\x', 'win32', { kind: 'local', path: 'C:/temp/x' }],
  ['D:/temp/x', 'win32', { kind: 'local', path: 'D:/temp/x' }],
  ['\\\\server\\share\\a:b', 'win32', { kind: 'local', path: '//server/share/a:b' }],
  ['.\\a:b', 'win32', { kind: 'local', path: './a:b' }],
  ['temp\\x', 'win32', { kind: 'local', path: 'temp/x' }],
] as const)('%s on %s', (text, platform, place) => {
  expect(parsePlace(text, platform)).toEqual(place);
});

it('a place without a container is refused', () => {
  expect(() => parsePlace(':/x', 'linux')).toThrow(/names no container/);
});
