import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundle, file } from '../scripts/l10n.mjs';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[]; readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>> };
  readonly activationEvents: readonly string[];
}

const path = (name: string) => new URL(`../${name}`, import.meta.url);
const text = readFileSync(path('package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;

it('has all texts of the sources for translators: npm run l10n', () => {
  expect(readFileSync(file, 'utf8')).toBe(bundle());
});

it('has all texts of the manifest', () => {
  const names = [...text.matchAll(/"%([^%"]+)%"/g)].map(([, name = '']) => name);
  const known = JSON.parse(readFileSync(path('package.nls.json'), 'utf8')) as Record<string, string>;
  expect(names.filter((name) => !(name in known))).toEqual([]);
  expect(Object.keys(known).filter((name) => !names.includes(name))).toEqual([]);
});

it('has no menu for a command that does not exist', () => {
  const commands = new Set(manifest.contributes.commands.map(({ command }) => command));
  expect(Object.values(manifest.contributes.menus).flat().filter(({ command }) => !commands.has(command))).toEqual([]);
});

it('is activated by languages and by what the user opens only', () => {
  expect(manifest.activationEvents.filter((event) => !event.startsWith('onLanguage:'))).toEqual([]);
});
