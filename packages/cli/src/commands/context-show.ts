import { defineCommand } from '../cli.js';
import { currentContext } from '../contexts/current.js';

export default defineCommand({
  configure(command) {
    command.addHelpText('after', '\nExample:\n  caisson context show\n');
  },
  async run(cli) {
    cli.print(currentContext(cli));
  },
});
