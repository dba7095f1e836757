import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';

const marks = { found: 'ok', limited: 'limited', missing: 'missing' } as const;

export default defineCommand<{ format?: string }>({
  configure(command) {
    command
      .option('--format <format>', 'table or json')
      .addHelpText('after', '\nLists what this host has of all that containers need, and what brings the rest. The exit code is 1 when containers cannot be run.\n\nExample:\n  caisson system doctor\n');
  },
  async run(cli, _args, { format }) {
    if (process.platform !== 'linux') throw new CaissonError('unsupported', `the doctor does not know ${process.platform} yet`);
    const { doctor } = await import('@caisson/runtime-linux');
    const findings = await doctor();
    if (format === 'json') cli.print(JSON.stringify(findings));
    else {
      const width = Math.max(...findings.map(({ name }) => name.length)) + 2;
      for (const { name, status, detail, hint } of findings) {
        cli.print(`${marks[status].padEnd(9)}${name.padEnd(width)}${detail}`);
        if (hint !== undefined && status !== 'found') cli.print(`${' '.repeat(9 + width)}${hint}`);
      }
    }
    return findings.some(({ status }) => status === 'missing') ? 1 : 0;
  },
});
