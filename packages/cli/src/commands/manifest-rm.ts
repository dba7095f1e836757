import { defineCommand } from '../cli.js';
import { ListStore, parseName } from '../manifest/list-store.js';
import { each } from './each.js';

export default defineCommand({
  configure(command) {
    command.argument('<list...>', 'names of lists that were created here').addHelpText('after', '\nWhat was pushed stays in its registry.\n\nExample:\n  caisson manifest rm ghcr.io/me/app:1\n');
  },
  async run(cli, names) {
    const store = new ListStore(cli.paths.dataRoot);
    return each(cli, names, async (name) => {
      store.remove(parseName(name));
      return name;
    });
  },
});
