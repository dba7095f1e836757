import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { completionScripts } from '../completion/scripts.js';

export default defineCommand({
  configure(command) {
    command.argument('<shell>', 'bash, zsh or fish').addHelpText('after', '\nCommands, flags, and the names of containers, images, volumes, networks and contexts are completed.\n\nExamples:\n  echo "source <(caisson completion bash)" >> ~/.bashrc\n  caisson completion zsh > "${fpath[1]}/_caisson"\n  caisson completion fish > ~/.config/fish/completions/caisson.fish\n');
  },
  async run(_cli, [shell = '']) {
    if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') throw new CaissonError('invalid-argument', `there is no completion for ${JSON.stringify(shell)}`, { hint: 'use one of bash, zsh, fish' });
    process.stdout.write(completionScripts[shell]);
  },
});
