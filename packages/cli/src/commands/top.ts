import { defineCommand } from '../cli.js';
import { align } from '../output/table.js';

export default defineCommand<object>({
  configure(command) {
    command
      .passThroughOptions()
      .argument('<container>', 'name or ID')
      .argument('[options...]', 'options of ps, with a column PID among their columns (default: -ef)')
      .addHelpText('after', '\nExamples:\n  caisson top web\n  caisson top web -o pid,ppid,rss,args\n');
  },
  async run(cli, [name = '', ...psOptions]) {
    const { titles, processes } = await cli.engine.containers.top(name, psOptions);
    process.stdout.write(align([titles, ...processes].map((row) => `${row.join('\t')}\n`).join(''), 20));
  },
});
