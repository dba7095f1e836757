import { formatPlatform, type ImageSummary, type Platform } from '@caisson/core';
import { formatSize } from './units.js';
import { table } from './table.js';

/** An image with what is here of it for a platform, and whether a container uses it. */
export interface ImageBranch {
  readonly image: ImageSummary;
  /** Of the image, those names that are to be shown. */
  readonly names: readonly string[];
  readonly digest: string;
  readonly platform: Platform;
  readonly used: boolean;
}

/** docker's columns of `images --tree`: each image, and below it the platform that it is here for. `U` marks what a container uses. */
export function imageTree(branches: readonly ImageBranch[], truncate: boolean): string {
  const id = (digest: string) => (truncate ? digest.slice(7, 19) : digest);
  const rows = branches.flatMap(({ image, names, digest, platform, used }) => {
    const [size, mark] = [formatSize(image.bytes ?? 0), used ? 'U' : ''];
    const [last = '<untagged>', ...others] = names.toReversed();
    return [...others.reverse().map((name) => [name, '', '', '', '']), [last, id(image.id), size, size, mark], [`└─ ${formatPlatform(platform)}`, id(digest), size, size, mark]];
  });
  return `${table(['IMAGE', 'ID', 'DISK USAGE', 'CONTENT SIZE', 'EXTRA'], rows)}\n`;
}
