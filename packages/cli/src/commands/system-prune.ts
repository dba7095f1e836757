import { defineCommand, type Cli } from '../cli.js';
import { collect } from '../flags/collect.js';
import { parsePruneFilters, pruneFilterHelp } from '../flags/prune.js';
import { formatSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ all?: boolean; volumes?: boolean; force?: boolean; filter?: string[] }>({
  configure(command) {
    command
      .option('-a, --all', 'also images with a name that no container uses, and cache mounts of builds')
      .option('--volumes', 'also anonymous volumes that no container uses')
      .option('-f, --force', 'do not ask')
      .option('--filter <name=value>', pruneFilterHelp, collect)
      .addHelpText('after', '\nExamples:\n  caisson system prune -f\n  caisson system prune -af --volumes --filter until=24h\n');
  },
  async run(cli, _args, { all = false, volumes = false, force = false, filter }) {
    const options = parsePruneFilters(filter);
    const kinds = ['containers that do not run', 'networks that no container is to be in', all ? 'images that no container uses' : 'images without a name', ...(volumes ? ['anonymous volumes that no container uses'] : []), all ? 'the build cache with its cache mounts' : 'the build cache'];
    if (!force && !(await confirm(`This removes all ${kinds.join(', ')}.`))) return 0;
    const { engine } = cli;
    const containers = await engine.containers.prune(options);
    list(cli, 'Containers', containers.containers);
    list(cli, 'Networks', await engine.networks.prune(options));
    // As docker does: a volume has no age that would count.
    const { before: _before, ...byLabel } = options;
    const removed = volumes ? await engine.volumes.prune(byLabel) : { volumes: [], bytes: 0 };
    list(cli, 'Volumes', removed.volumes);
    const labelled = options.labels !== undefined || options.withoutLabels !== undefined;
    // The cache has no labels. It goes first, since it holds layers that images may be the only others to need.
    const cache = labelled ? { entries: [], bytes: 0 } : await engine.builds.prune({ ...(options.before ? { before: options.before } : {}), ...(all ? {} : { kind: 'layer' }) });
    const images = await engine.images.prune({ ...options, all });
    list(cli, 'Images', images.images.flatMap(({ untagged, deleted }) => [...untagged, ...deleted]));
    list(cli, 'Build cache', cache.entries.map(({ id }) => id));
    cli.print(`Total reclaimed space: ${formatSize(containers.bytes + removed.bytes + images.bytes + cache.bytes)}`);
  },
});

function list(cli: Cli, kind: string, names: readonly string[]): void {
  if (names.length === 0) return;
  cli.print(`Deleted ${kind}:`);
  for (const name of names) cli.print(name);
  cli.print('');
}
