import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nativeParts } from '../../smoke/native-parts.mjs';

const modules = new URL('../../../../node_modules', import.meta.url).pathname;
const versionOf = (tool: string) => (JSON.parse(readFileSync(`${modules}/${tool}/package.json`, 'utf8')) as { version: string }).version;

it.each(['x64', 'arm64'])('the build on Windows %s gets what the lock file does not bring, of the tools’ own versions', (arch) => {
  expect(nativeParts(modules, 'win32', arch)).toEqual([`@nx/nx-win32-${arch}-msvc@${versionOf('nx')}`, `@rollup/rollup-win32-${arch}-msvc@${versionOf('rollup')}`]);
});
