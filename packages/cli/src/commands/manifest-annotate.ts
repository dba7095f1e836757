import { CaissonError, familiarReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { ListStore, parseName } from '../manifest/list-store.js';
import { manifestClient } from '../manifest/registry.js';

interface Flags {
  readonly arch?: string;
  readonly os?: string;
  readonly osFeatures?: string[];
  readonly osVersion?: string;
  readonly variant?: string;
}

export default defineCommand<Flags>({
  configure(command) {
    command
      .argument('<list>', 'name of a list that was created here')
      .argument('<manifest>', 'image in it')
      .option('--arch <architecture>', 'architecture')
      .option('--os <system>', 'operating system')
      .option('--os-features <feature>', 'feature that the operating system must have', collect)
      .option('--os-version <version>', 'version of the operating system')
      .option('--variant <variant>', 'variant of the architecture')
      .addHelpText('after', '\nExample:\n  caisson manifest annotate --arch arm64 --variant v8 ghcr.io/me/app:1 ghcr.io/me/app:1-arm64\n');
  },
  async run(cli, [name = '', manifest = ''], { arch, os, osFeatures, osVersion, variant }) {
    const list = parseName(name);
    const store = new ListStore(cli.paths.dataRoot);
    const { members } = store.get(list);
    const wanted = parseName(manifest);
    let digest = wanted.digest;
    if (!digest) {
      await using client = manifestClient([wanted], false);
      digest = (await client.resolve(wanted, { signal: cli.signal }))?.digest;
    }
    if (!members.some(({ descriptor }) => descriptor.digest === digest)) throw new CaissonError('not-found', `${familiarReference(wanted)} is not in the list ${familiarReference(list)}`, { hint: `add it: caisson manifest create --amend ${familiarReference(list)} ${familiarReference(wanted)}` });
    store.put(
      list,
      members.map((member) => {
        if (member.descriptor.digest !== digest) return member;
        const platform = {
          ...member.descriptor.platform,
          ...(arch === undefined ? {} : { architecture: arch }),
          ...(os === undefined ? {} : { os }),
          ...(osFeatures === undefined ? {} : { 'os.features': osFeatures.flatMap((feature) => feature.split(',')) }),
          ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
          ...(variant === undefined ? {} : { variant }),
        };
        return { ...member, descriptor: { ...member.descriptor, platform } };
      }),
    );
  },
});
