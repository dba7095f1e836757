import { CaissonError, familiarReference, parsePlatform, parseReference, withDefaultTag } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { Option } from 'commander';
import { showProgress } from '../output/progress.js';

export default defineCommand<{ allTags?: boolean; quiet?: boolean; platform?: string; allPlatforms?: boolean }>({
  configure(command) {
    command
      .argument('<image>', 'name, with a tag or a digest')
      .option('-a, --all-tags', 'all tags of the repository')
      .option('--platform <os/arch>', 'platform to take of an image for several')
      .option('--all-platforms', 'take all of them')
      .option('-q, --quiet', 'only print the name')
      .addOption(new Option('--disable-content-trust', 'as docker has it: there is no content trust here').hideHelp())
      .addHelpText('after', '\nExamples:\n  caisson pull alpine:3.22\n  caisson pull --platform linux/arm64 ghcr.io/acme/app\n');
  },
  async run(cli, [name = ''], { allTags = false, quiet = false, platform, allPlatforms }) {
    for (const one of allTags ? await tagsThere(cli, name) : [name]) {
      const task = cli.engine.images.pull(one, { signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }), ...(allPlatforms ? { allPlatforms } : {}) });
      const { target } = await showProgress(task, quiet);
      if (!quiet) process.stderr.write(`Digest: ${target.digest}\n`);
      cli.print(familiarReference(withDefaultTag(parseReference(one))));
    }
  },
});

/** What the registry lists. @throws CaissonError `invalid-argument` for a name with a tag */
async function tagsThere(cli: Cli, repository: string): Promise<string[]> {
  const reference = parseReference(repository);
  if (reference.tag !== undefined || reference.digest !== undefined) throw new CaissonError('invalid-argument', '--all-tags goes with a repository, not with a tag');
  const [{ RegistryClient }, { registrySettings }] = await Promise.all([import('@caisson/registry-client'), import('../engine/registry-settings.js')]);
  const tags = await Array.fromAsync(new RegistryClient({ ...registrySettings() }).tags(repository, { signal: cli.signal }));
  return tags.map((tag) => familiarReference({ ...reference, tag }));
}
