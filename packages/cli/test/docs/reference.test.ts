import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { groups } from '../../src/groups.js';
import { describeAll } from '../../src/docs/describe-all.js';
import { manPage } from '../../src/docs/man.js';
import { markdownFiles } from '../../src/docs/markdown.js';

const folder = new URL('../../../../docs/cli/', import.meta.url);

it('docs/cli is what the commands say (else: ./dev caisson docs --output docs/cli)', async () => {
  const { program, commands } = await describeAll();
  const files = markdownFiles(program, commands, groups);
  expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(new URL(name, folder), 'utf8'), name).toBe(text);
});

it('every command has a summary, examples, and words for each of its options', async () => {
  const { commands } = await describeAll();
  const bare = commands.filter(({ notes }) => !/Examples?:/.test(notes)).map(({ path }) => path);
  expect(bare).toEqual([]);
  for (const { path, summary, options } of commands) {
    expect(summary, path).toMatch(/^[A-Z].*[^.]$/);
    for (const { flags, description } of options) expect(description, `${path} ${flags}`).not.toBe('');
  }
});

it('the man page is one that man takes', async () => {
  const { program, commands } = await describeAll();
  const page = manPage(program, commands, '1.2.3');
  expect(page).toMatch(/^\.TH CAISSON 1 /);
  const { status, stderr, error } = spawnSync('man', ['-l', '--warnings', '-'], { input: page, encoding: 'utf8', env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '100' } });
  if (error) return; // without man, its form is all that can be seen to
  expect([status, stderr.split('\n').filter((line) => !line.includes("can't break line"))]).toEqual([0, ['']]);
});
