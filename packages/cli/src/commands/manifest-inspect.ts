import { formatReference, isIndex, parseReference, type Descriptor, type Index, type Manifest, type Reference } from '@caisson/core';
import type { RegistryClient } from '@caisson/registry-client';
import { defineCommand } from '../cli.js';
import { ListStore, parseName } from '../manifest/list-store.js';
import { indexOf, manifestClient } from '../manifest/registry.js';

export default defineCommand<{ insecure?: boolean; verbose?: boolean }>({
  configure(command) {
    command
      .argument('<name...>', 'a list that was created here, or an image in a registry; with two, an image in a list')
      .option('--insecure', 'take registries without TLS or with certificates that nobody vouches for')
      .option('-v, --verbose', 'also digests, sizes, platforms and layers of what it lists')
      .addHelpText('after', '\nExample:\n  caisson manifest inspect alpine\n');
  },
  async run(cli, names, { insecure = false, verbose = false }) {
    const store = new ListStore(cli.paths.dataRoot);
    const reference = parseName(names.at(-1) ?? '');
    if (names.length > 1) store.get(parseName(names[0] ?? ''));
    const own = names.length === 1 ? store.find(reference) : undefined;
    await using client = manifestClient([reference], insecure);
    const call = { signal: cli.signal };
    if (own && !verbose) {
      cli.print(JSON.stringify(indexOf(own), null, 3));
      return;
    }
    if (own) {
      const members = [];
      for (const { source, descriptor } of own.members) members.push(await detailed(client, parseReference(source), descriptor, call));
      cli.print(JSON.stringify(members, null, 3));
      return;
    }
    const { descriptor, document } = await client.manifest(reference, call);
    if (!verbose) cli.print(JSON.stringify(document, null, 3));
    else if (!isIndex(document)) cli.print(JSON.stringify(await detailed(client, reference, descriptor, call), null, 3));
    else {
      const members = [];
      for (const child of document.manifests) members.push(await detailed(client, { domain: reference.domain, path: reference.path, digest: child.digest }, child, call));
      cli.print(JSON.stringify(members, null, 3));
    }
  },
});

/** As docker prints it with --verbose. */
async function detailed(client: RegistryClient, reference: Reference, descriptor: Descriptor, call: { signal: AbortSignal }): Promise<object> {
  const { document } = await client.manifest({ domain: reference.domain, path: reference.path, digest: descriptor.digest }, call);
  return { Ref: formatReference(reference), Descriptor: descriptor, [keyOf(document)]: document };
}

function keyOf(document: Manifest | Index): string {
  if (isIndex(document)) return 'Index';
  return document.mediaType.startsWith('application/vnd.docker') ? 'SchemaV2Manifest' : 'OCIManifest';
}
