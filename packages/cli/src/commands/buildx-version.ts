import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.addHelpText('after', '\nExample:\n  caisson buildx version\n');
  },
  async run(cli) {
    cli.print(`caisson ${packageJson.version}`);
  },
});
