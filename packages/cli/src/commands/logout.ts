import { defineCommand } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.argument('[registry]', 'host of the registry', 'docker.io').addHelpText('after', '\nExample:\n  caisson logout ghcr.io\n');
  },
  async run(cli, [host = 'docker.io']) {
    const { CredentialStore } = await import('@caisson/registry-client');
    const erased = await new CredentialStore().erase(host);
    cli.print(erased ? `Forgot the credentials for ${host}` : `There were no credentials for ${host}`);
  },
});
