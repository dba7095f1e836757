import { CaissonError, familiarReference, familiarRepository, parsePlatform, parseReference, withDefaultTag, type LayerCompression } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { Option } from 'commander';
import { showProgress } from '../output/progress.js';

const compressions: readonly LayerCompression[] = ['gzip', 'zstd', 'none'];

export default defineCommand<{ allTags?: boolean; quiet?: boolean; platform?: string; compression: string }>({
  configure(command) {
    command
      .argument('<image>', 'name, with its registry: registry.example/app:1')
      .option('-a, --all-tags', 'all tags that the repository has here')
      .option('--platform <os/arch>', 'send only this platform of an image for several')
      .option('--compression <kind>', 'what layers built here are compressed with: gzip, zstd or none', 'gzip')
      .option('-q, --quiet', 'do not show progress')
      .addOption(new Option('--disable-content-trust', 'as docker has it: there is no content trust here').hideHelp())
      .addHelpText('after', '\nExample:\n  caisson push localhost:5000/app:1\n');
  },
  async run(cli, [name = ''], { allTags = false, quiet = false, platform, compression }) {
    const kind = compressions.find((known) => known === compression);
    if (!kind) throw new CaissonError('invalid-argument', `--compression: ${JSON.stringify(compression)} is not known`, { hint: `use one of ${compressions.join(', ')}` });
    for (const one of allTags ? await tagsHere(cli, name) : [name]) {
      const digest = await showProgress(cli.engine.images.push(one, { signal: cli.signal, compression: kind, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) }), quiet);
      cli.print(`${familiarRepository(withDefaultTag(parseReference(one)))}@${digest}`);
    }
  },
});

/** @throws CaissonError `invalid-argument` for a name with a tag, `not-found` where there are none */
async function tagsHere(cli: Cli, repository: string): Promise<string[]> {
  const { tag, digest, ...wanted } = parseReference(repository);
  if (tag !== undefined || digest !== undefined) throw new CaissonError('invalid-argument', '--all-tags goes with a repository, not with a tag', { hint: familiarRepository(wanted) });
  const references = (await cli.engine.images.list()).flatMap(({ names }) => names.map(parseReference));
  const found = references.filter((one) => one.tag !== undefined && familiarRepository(one) === familiarRepository(wanted)).map(familiarReference);
  if (found.length === 0) throw new CaissonError('not-found', `no tags of ${familiarRepository(wanted)} are here`);
  return found;
}
