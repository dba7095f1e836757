import { defineCommand } from '../cli.js';

export default defineCommand<{ repair?: boolean }>({
  configure(command) {
    command
      .option('--repair', 'remove what is damaged or belongs to nothing')
      .addHelpText('after', '\nReads every blob and compares it with its digest. The exit code is 1 when something is wrong.\n\nExample:\n  caisson system check --repair\n');
  },
  async run(cli, _args, { repair = false }) {
    const { blobs, images, faults } = await cli.local.check({ repair, signal: cli.signal });
    for (const { problem, repaired } of faults) cli.print(repaired === undefined ? problem : `${problem}: ${repaired}`);
    cli.print(`${blobs} blobs and ${images} images checked: ${faults.length === 0 ? 'all is well' : `${faults.length} fault${faults.length === 1 ? '' : 's'}${repair ? '' : ' (--repair mends what can be mended)'}`}`);
    return faults.some(({ repaired }) => repaired === undefined) ? 1 : 0;
  },
});
