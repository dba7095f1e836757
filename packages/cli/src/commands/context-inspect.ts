import { defineCommand, type Cli } from '../cli.js';
import { contextStore, currentContext, defaultContext } from '../contexts/current.js';
import { inspectEach, inspectFormatHelp } from './inspect-each.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.argument('[context...]', 'names (default: the one in use)').option('-f, --format <format>', inspectFormatHelp).addHelpText('after', '\nExample:\n  caisson context inspect -f "{{.Endpoints.docker.Host}}" lab\n');
  },
  run: (cli, names, { format }) => inspectEach(cli, names.length > 0 ? names : [currentContext(cli)], async (name) => describe(cli, name), format),
});

/** As docker shows it. */
function describe(cli: Cli, name: string): object {
  if (name === 'default') return { Name: name, Metadata: {}, Endpoints: { docker: { Host: defaultContext(cli).host, SkipTLSVerify: false } }, TLSMaterial: {}, Storage: { MetadataPath: '<IN MEMORY>', TLSPath: '<IN MEMORY>' } };
  const store = contextStore(cli);
  const context = store.get(name);
  const files = Object.keys(store.tlsFiles(context));
  return { Name: context.name, Metadata: context.metadata.Metadata, Endpoints: context.metadata.Endpoints, TLSMaterial: files.length > 0 ? { docker: files } : {}, Storage: { MetadataPath: context.metadataPath, TLSPath: context.tlsPath } };
}
