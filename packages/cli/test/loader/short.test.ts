import { describe, expect, it } from 'vitest';
import { commandTable } from '../../src/commands.js';
import { shortCommands } from '../../src/loader/short.js';

describe('commands with a file of their own', () => {
  it.each(Object.entries(shortCommands))('%s is commands/%s.ts, as in the table', async (label, module) => {
    const entry = commandTable.find(({ path, aliases }) => {
      const [group, name] = path.split(' ');
      return name === undefined ? path === label : [name, ...(aliases ?? [])].some((one) => `${group}-${one}` === label);
    });
    expect(await entry?.load()).toBe(((await import(`../../src/commands/${module}.ts`)) as { default: unknown }).default);
  });

  it('has every name of such a command', () => {
    const loaded = new Set(Object.values(shortCommands));
    const names = commandTable.filter(({ path }) => loaded.has(shortCommands[path.replace(' ', '-')] ?? '')).flatMap(({ path, aliases = [] }) => [path, ...aliases.map((alias) => `${path.split(' ')[0]} ${alias}`)]);
    expect(names.map((name) => name.replace(' ', '-')).sort()).toEqual(Object.keys(shortCommands).sort());
  });
});
