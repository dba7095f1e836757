// Gathers what the extension says into l10n/bundle.l10n.json, from which translations are made.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');
const file = join(folder, 'l10n', 'bundle.l10n.json');

/** @returns {string} */
export function bundle() {
  const texts = new Set();
  for (const path of readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')))
    for (const [, single, double] of readFileSync(join(folder, 'src', path), 'utf8').matchAll(/\bl10n\.t\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) texts.add((single ?? double).replace(/\\(['"])/g, '$1'));
  return `${JSON.stringify(Object.fromEntries([...texts].sort((a, b) => (a < b ? -1 : 1)).map((text) => [text, text])), undefined, 2)}\n`;
}

export { file };

if (process.argv[1] === import.meta.filename) writeFileSync(file, bundle());
