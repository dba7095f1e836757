import { displayPath } from '@caisson/core';
import { defineCommand } from '../cli.js';

const letters = { added: 'A', changed: 'C', deleted: 'D' } as const;

export default defineCommand({
  configure(command) {
    command.argument('<container>', 'name or ID').addHelpText('after', '\nA file was added (A), changed (C) or deleted (D); the folders above it count as changed.\n\nExample:\n  caisson diff web\n');
  },
  async run(cli, [name = '']) {
    for (const { path, kind } of await cli.engine.containers.changes(name)) cli.print(`${letters[kind]} /${displayPath(path)}`);
  },
});
