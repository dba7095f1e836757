import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which siblings a package may import: docs/architecture.md. */
const siblings: Record<string, readonly string[]> = {
  core: [],
  dockerfile: [],
  'registry-client': ['@caisson/core'],
  builder: ['@caisson/core', '@caisson/dockerfile'],
  'runtime-linux': ['@caisson/core'],
  'runtime-hyperv': ['@caisson/core'],
  'docker-api': ['@caisson/core', '@caisson/dockerfile'],
  'vscode-ext': ['@caisson/core', '@caisson/dockerfile', '@caisson/docker-api', '@caisson/registry-client'],
  cli: ['@caisson/core', '@caisson/dockerfile', '@caisson/registry-client', '@caisson/builder', '@caisson/runtime-linux', '@caisson/runtime-hyperv', '@caisson/docker-api'],
};

const root = new URL('..', import.meta.url).pathname;
const packages = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')));

it('every package has its place', () => {
  expect(Object.keys(siblings).sort()).toEqual(packages.sort());
});

describe.each(packages)('%s', (name) => {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string>; devDependencies?: Record<string, string>; scripts?: Record<string, string>; engines: { node: string } };
  const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  /** What the editor itself provides. */
  const provided = name === 'vscode-ext' ? ['vscode'] : [];
  const imported = new Map<string, string>();
  for (const file of files)
    for (const [, specifier = ''] of readFileSync(join(folder, 'src', file), 'utf8').matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?from\s+'([^']+)'|import\('([^']+)'\)/g))
      if (specifier !== '' && !specifier.startsWith('.')) imported.set(specifier, file);

  it('imports only the siblings that it may', () => {
    const wrong = [...imported].filter(([specifier]) => specifier.startsWith('@caisson/') && !siblings[name]?.some((allowed) => specifier === allowed || specifier.startsWith(`${allowed}/`)));
    expect(wrong).toEqual([]);
  });

  it('declares every package that it imports', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const missing = [...imported].filter(([specifier]) => !specifier.startsWith('node:') && !builtinModules.includes(specifier) && !provided.includes(specifier) && !declared.some((known) => specifier === known || specifier.startsWith(`${known}/`)));
    expect(missing).toEqual([]);
  });

  it('imports nothing that reaches into another package', () => {
    const reaching = files.filter((file) => /from '(?:\.\.\/)+(?:core|dockerfile|builder|registry-client|runtime-linux|runtime-hyperv|cli)\/(?:src|dist)/.test(readFileSync(join(folder, 'src', file), 'utf8')));
    expect(reaching).toEqual([]);
  });

  it('has no install scripts and names the Node it needs', () => {
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => script.includes('install'))).toEqual([]);
    expect(manifest.engines.node).toBe('>=22.19');
  });
});
