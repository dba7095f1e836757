import { CaissonError, familiarReference, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { ListStore, parseName } from '../manifest/list-store.js';
import { indexOf, manifestClient } from '../manifest/registry.js';

export default defineCommand<{ insecure?: boolean; purge?: boolean }>({
  configure(command) {
    command
      .argument('<list>', 'name of a list that was created here')
      .option('--insecure', 'take registries without TLS or with certificates that nobody vouches for')
      .option('-p, --purge', 'forget the list here when it has been sent')
      .addHelpText('after', '\nImages of other repositories are copied to that of the list. Prints the digest of the list.\n\nExample:\n  caisson manifest push --purge ghcr.io/me/app:1\n');
  },
  async run(cli, [name = ''], { insecure = false, purge = false }) {
    const reference = parseName(name);
    const store = new ListStore(cli.paths.dataRoot);
    const list = store.get(reference);
    if (list.members.length === 0) throw new CaissonError('invalid-argument', `the manifest list ${familiarReference(reference)} is empty`);
    const sources = list.members.map(({ source }) => parseReference(source));
    await using client = manifestClient([reference, ...sources], insecure);
    for (const source of sources) {
      const to = { domain: reference.domain, path: reference.path, ...(source.digest ? { digest: source.digest } : {}) };
      if (source.domain !== to.domain || source.path !== to.path) await client.copy(source, to, { signal: cli.signal });
    }
    const { digest } = await client.putManifest(reference, indexOf(list), { signal: cli.signal });
    if (purge) store.remove(reference);
    cli.print(digest);
  },
});
