import { formatPlatform, type ImageManifest, type ImageSummary } from '@caisson/core';
import { formatSize } from './units.js';
import { table } from './table.js';

/** An image with its manifests, and whether a container uses it. */
export interface ImageBranch {
  readonly image: ImageSummary;
  /** Of the image, those names that are to be shown. */
  readonly names: readonly string[];
  readonly manifests: readonly ImageManifest[];
  readonly used: boolean;
}

/**
 * docker's columns of `images --tree`: each image, and below it the platforms that it is for; those that are not here take no room. `U` marks
 * what a container uses.
 */
export function imageTree(branches: readonly ImageBranch[], truncate: boolean): string {
  const id = (digest: string) => (truncate ? digest.slice(7, 19) : digest);
  const rows = branches.flatMap(({ image, names, manifests, used }) => {
    const platforms = manifests.filter(({ kind }) => kind === 'image');
    const [content, unpacked] = [sum(platforms.map(({ contentBytes }) => contentBytes)), sum(platforms.map(({ unpackedBytes }) => unpackedBytes))];
    const [last = '<untagged>', ...others] = names.toReversed();
    const leaves = platforms.map(({ descriptor, platform, id: config, contentBytes, unpackedBytes, available }, place) => {
      const own = used && (config === undefined ? available : config === image.id);
      return [`${place === platforms.length - 1 ? '└─' : '├─'} ${platform ? formatPlatform(platform) : '<unknown>'}`, id(descriptor.digest), formatSize(contentBytes + unpackedBytes), formatSize(contentBytes), own ? 'U' : ''];
    });
    return [...others.reverse().map((name) => [name, '', '', '', '']), [last, id(image.id), formatSize(content + unpacked), formatSize(content), used ? 'U' : ''], ...leaves];
  });
  return `${table(['IMAGE', 'ID', 'DISK USAGE', 'CONTENT SIZE', 'EXTRA'], rows)}\n`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
