import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand } from '../cli.js';
import { describeAll } from '../docs/describe-all.js';
import { manPage } from '../docs/man.js';
import { markdownFiles } from '../docs/markdown.js';
import { groups } from '../groups.js';

export default defineCommand<{ output?: string; man?: boolean }>({
  configure(command) {
    command
      .option('-o, --output <dir>', 'write the reference into this folder, a file for each command; other .md files in it go')
      .option('--man', 'print it as a page for man')
      .addHelpText('after', '\nExamples:\n  caisson docs | less\n  caisson docs --man > /usr/local/share/man/man1/caisson.1\n');
  },
  async run(_cli, _args, { output, man }) {
    const { program, commands } = await describeAll();
    if (man) {
      process.stdout.write(manPage(program, commands, packageJson.version));
      return;
    }
    const files = markdownFiles(program, commands, groups);
    if (output === undefined) {
      process.stdout.write([...files.values()].join('\n'));
      return;
    }
    mkdirSync(output, { recursive: true });
    for (const name of readdirSync(output)) if (name.endsWith('.md') && !files.has(name)) rmSync(join(output, name));
    for (const [name, text] of files) writeFileSync(join(output, name), text);
  },
});
