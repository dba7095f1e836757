import { defineCommand } from '../cli.js';
import { contextStore } from '../contexts/current.js';
import { parseDockerEndpoint } from '../contexts/docker-endpoint.js';
import { collect } from '../flags/collect.js';

export default defineCommand<{ description?: string; docker?: string[] }>({
  configure(command) {
    command
      .argument('<context>', 'name')
      .option('--description <text>', 'what it is')
      .option('--docker <name=value,…>', 'host=HOST, with ca=, cert=, key= (files) and skip-tls-verify=; or from=CONTEXT', collect)
      .addHelpText('after', '\nExample:\n  caisson context update lab --description "in the cellar"\n');
  },
  async run(cli, [name = ''], { description, docker }) {
    const store = contextStore(cli);
    const { metadata } = store.get(name);
    const changed = docker ? parseDockerEndpoint(docker, store) : undefined;
    store.put({ ...metadata, Metadata: { ...metadata.Metadata, ...(description === undefined ? {} : { Description: description }) }, Endpoints: { ...metadata.Endpoints, ...(changed ? { docker: changed.endpoint } : {}) } }, changed?.tls);
    cli.print(name);
    process.stderr.write(`Successfully updated context "${name}"\n`);
  },
});
