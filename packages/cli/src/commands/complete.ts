import { Cli, defineCommand, type GlobalOptions } from '../cli.js';
import { commandTable } from '../commands.js';
import { candidatesFor } from '../completion/candidates.js';
import { positionOf } from '../completion/position.js';
import { chooseRemote } from '../engine/host.js';
import { createProgram } from '../program.js';

/** What the scripts of `completion` ask: candidates for the last of the words, one a line. */
export default defineCommand({
  configure(command) {
    command.passThroughOptions().argument('[words...]');
  },
  async run(cli, words) {
    const program = createProgram(() => {});
    const position = await positionOf(program, words, async (command) => {
      const path = command.parent && command.parent !== program ? `${command.parent.name()} ${command.name()}` : command.name();
      (await commandTable.find((entry) => entry.path === path)?.load())?.configure(command);
    });
    const globals: GlobalOptions = { ...cli.globals, ...position.globals };
    await using other = new Cli(globals, { remote: await chooseRemote(globals) });
    for (const { value, description } of await candidatesFor(other, position)) cli.print(description ? `${value}\t${description.split('\n')[0]}` : value);
  },
});
