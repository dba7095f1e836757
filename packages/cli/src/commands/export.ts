import { defineCommand } from '../cli.js';
import { writeArchive } from '../output/write-archive.js';

export default defineCommand<{ output?: string }>({
  configure(command) {
    command
      .argument('<container>', 'name or ID')
      .option('-o, --output <file>', 'write to a file instead of standard output')
      .addHelpText('after', '\nThe archive is a tar of the root file system, without volumes.\n\nExample:\n  caisson export web | caisson import - web-files\n');
  },
  async run(cli, [name = ''], { output }) {
    await writeArchive(cli.engine.containers.export(name, { signal: cli.signal }), output);
  },
});
