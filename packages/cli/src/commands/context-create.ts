import { CaissonError } from '@caisson/core';
import { checkName } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { contextStore } from '../contexts/current.js';
import { copyOf, parseDockerEndpoint } from '../contexts/docker-endpoint.js';
import { collect } from '../flags/collect.js';

export default defineCommand<{ description?: string; docker?: string[]; from?: string }>({
  configure(command) {
    command
      .argument('<context>', 'name for it')
      .option('--description <text>', 'what it is')
      .option('--docker <name=value,…>', 'host=HOST, with ca=, cert=, key= (files) and skip-tls-verify=; or from=CONTEXT', collect)
      .option('--from <context>', 'copy this context')
      .addHelpText('after', "\nContexts are kept in docker's own store.\n\nExamples:\n  caisson context create build-server --docker host=ssh://me@build.example\n  caisson context create lab --docker host=tcp://lab:2376,ca=ca.pem,cert=cert.pem,key=key.pem\n");
  },
  async run(cli, [name = ''], { description, docker, from }) {
    const store = contextStore(cli);
    checkName(name);
    if (store.has(name)) throw new CaissonError('already-exists', `context ${JSON.stringify(name)} already exists`, { hint: `caisson context update ${name} changes it` });
    if (from !== undefined && docker) throw new CaissonError('invalid-argument', '--from and --docker exclude each other');
    if (from === undefined && !docker) throw new CaissonError('invalid-argument', 'the new context names no host', { hint: `caisson context create ${name} --docker host=ssh://user@host` });
    const { endpoint, tls } = from === undefined ? parseDockerEndpoint(docker ?? [], store) : copyOf(from, store);
    const metadata = from === undefined ? {} : store.get(from).metadata.Metadata;
    store.put({ Name: name, Metadata: { ...metadata, ...(description === undefined ? {} : { Description: description }) }, Endpoints: { docker: endpoint } }, tls);
    cli.print(name);
    process.stderr.write(`Successfully created context "${name}"\n`);
  },
});
