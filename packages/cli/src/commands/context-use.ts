import { changeDockerConfig, dockerConfigFolder } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { contextStore } from '../contexts/current.js';

export default defineCommand({
  configure(command) {
    command.argument('<context>', 'name; default for this host’s own engine').addHelpText('after', '\nKept in docker’s config.json: docker uses it too.\n\nExamples:\n  caisson context use build-server\n  caisson context use default\n');
  },
  async run(cli, [name = '']) {
    if (name !== 'default') contextStore(cli).get(name);
    changeDockerConfig(dockerConfigFolder(cli.globals.config), 'currentContext', name === 'default' ? undefined : name);
    cli.print(name);
    if (process.env.DOCKER_HOST && name !== 'default') process.stderr.write('caisson: DOCKER_HOST is set, and comes before the context\n');
  },
});
