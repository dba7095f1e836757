import { expect, it } from 'vitest';
import { linkTarget, volumePath } from '../../src/files/volume-path.js';

const volume = String.raw`\\?\Volume{00112233-4455-6677-8899-aabbccddeeff}\ `.trim();

it.each([
  ['C:\\app\\x', ['app', 'x'], false],
  ['c:/app/x', ['app', 'x'], false],
  ['/C:/app', ['app'], false],
  ['app', ['app'], false],
  ['\\app\\', ['app'], true],
  ['/', [], true],
  ['C:', [], true],
  ['/app/.', ['app'], true],
  ['/app/..', ['app', '..'], true],
  ['/a/./b', ['a', 'b'], false],
])('takes %s as docker does', (given, names, meansFolder) => {
  expect(volumePath(given)).toEqual({ names, meansFolder });
});

it.each([['D:\\x'], [''], ['a\0b']])('refuses %j', (given) => {
  expect(() => volumePath(given)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

it.each([
  ['C:\\Windows', ['Windows'], true],
  ['\\??\\C:\\Windows', ['Windows'], true],
  ['\\\\?\\c:\\Windows\\', ['Windows'], true],
  [`${volume}Windows`, ['Windows'], true],
  [`\\??\\${volume.slice(4)}Windows`, ['Windows'], true],
  ['\\Windows', ['Windows'], true],
  ['..\\..\\x', ['..', '..', 'x'], false],
  ['../x', ['..', 'x'], false],
])('follows a link to %s', (target, names, fromRoot) => {
  expect(linkTarget(target, volume)).toEqual({ names, fromRoot });
});

it.each([['D:\\x'], ['C:x'], ['\\\\server\\share'], ['\\\\?\\UNC\\server\\share'], ['\\\\?\\Volume{ffffffff-4455-6677-8899-aabbccddeeff}\\x'], ['\\??\\D:\\x'], ['\\\\.\\pipe\\x']])('does not follow a link to %s', (target) => {
  expect(linkTarget(target, volume)).toBeUndefined();
});
