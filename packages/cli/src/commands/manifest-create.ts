import { CaissonError, familiarReference, formatReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { ListStore, parseName, type ListMember } from '../manifest/list-store.js';
import { manifestClient, membersOf } from '../manifest/registry.js';

export default defineCommand<{ amend?: boolean; insecure?: boolean }>({
  configure(command) {
    command
      .argument('<list>', 'name of the list, as it is to be pushed')
      .argument('<manifest...>', 'images in registries, one for each platform')
      .option('-a, --amend', 'add to a list that is there')
      .option('--insecure', 'take registries without TLS or with certificates that nobody vouches for')
      .addHelpText('after', '\nThe list is kept here until it is pushed.\n\nExample:\n  caisson manifest create ghcr.io/me/app:1 ghcr.io/me/app:1-amd64 ghcr.io/me/app:1-arm64\n  caisson manifest push ghcr.io/me/app:1\n');
  },
  async run(cli, [name = '', ...manifests], { amend = false, insecure = false }) {
    const list = parseName(name);
    const store = new ListStore(cli.paths.dataRoot);
    const before = store.find(list);
    if (before && !amend) throw new CaissonError('already-exists', `there is a manifest list ${familiarReference(list)} already`, { hint: `add to it with --amend, or begin anew: caisson manifest rm ${familiarReference(list)}` });
    const references = manifests.map(parseName);
    await using client = manifestClient(references, insecure);
    const members = new Map<string, ListMember>((before?.members ?? []).map((member) => [member.descriptor.digest, member]));
    for (const reference of references) for (const member of await membersOf(client, reference, cli.signal)) members.set(member.descriptor.digest, member);
    store.put(list, [...members.values()]);
    cli.print(`Created manifest list ${formatReference(list)}`);
  },
});
