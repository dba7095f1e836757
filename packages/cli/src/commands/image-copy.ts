import { CaissonError, parseReference, piped, withDefaultTag, type Descriptor, type LayerCompression, type Task } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { isStream, parsePlace, placeHelp, toDestination, toOrigin, type Place } from '../flags/image-place.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { showProgress } from '../output/progress.js';
import { writeArchive } from '../output/write-archive.js';

const compressions: readonly LayerCompression[] = ['gzip', 'zstd', 'none'];

export default defineCommand<{ quiet?: boolean; platform?: string; allPlatforms?: boolean; compression?: string }>({
  configure(command) {
    command
      .argument('<from>', 'where the image is')
      .argument('<to>', 'where it is to go')
      .option('--platform <os/arch>', 'only this one of an image for several')
      .option('--all-platforms', 'all of them, to this host too')
      .option('--compression <kind>', 'what uncompressed layers become: gzip, zstd or none (default: gzip for a registry)')
      .option('-q, --quiet', 'only print the digest')
      .addHelpText('after', `${placeHelp}\nExamples:\n  caisson image copy alpine:3.22 localhost:5000/mirror/alpine:3.22\n  caisson image copy store:app:1 oci:layout:1\n  caisson image copy docker-archive:app.tar ghcr.io/acme/app:1\n  caisson image copy alpine rootfs:- | tar t\n`);
  },
  async run(cli, [from = '', to = ''], { quiet = false, platform, allPlatforms = false, compression }) {
    const kind = compressions.find((known) => known === compression);
    if (compression !== undefined && !kind) throw new CaissonError('invalid-argument', `--compression: ${JSON.stringify(compression)} is not known`, { hint: `use one of ${compressions.join(', ')}` });
    const [origin, destination] = [parsePlace(from), parsePlace(to)];
    const settings = { ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }), ...(allPlatforms ? { allPlatforms } : {}), ...(kind ? { compression: kind } : {}) };
    const { digest } = isStream(destination)
      ? await copyToStream(cli, origin, destination, settings, quiet)
      : await showProgress(cli.local.images.copy(toOrigin(origin), toDestination(destination), { ...settings, signal: cli.signal }), quiet);
    // Standard output is the archive itself.
    if (!isStream(destination) || destination.file !== '-') cli.print(digest);
  },
});

async function copyToStream(cli: Cli, origin: Place, { type, file, image }: Extract<Place, { readonly file: string }>, settings: Parameters<typeof cli.local.images.copy>[2], quiet: boolean): Promise<Descriptor> {
  let copied: Descriptor | undefined;
  const names = image === undefined ? [] : [withDefaultTag(parseReference(image))];
  const bytes = piped(async (write, signal) => {
    const task: Task<Descriptor> = cli.local.images.copy(toOrigin(origin), type === 'archive' ? { type, write, names } : { type, write }, { ...settings, signal });
    copied = await showProgress(task, quiet);
  }, cli.signal);
  await writeArchive(bytes, file === '-' ? undefined : file);
  if (!copied) throw new CaissonError('internal', 'nothing was copied');
  return copied;
}
