import { familiarRepository, parseReference, type ImageSummary } from '@caisson/core';
import type { Listing } from './list.js';
import { formatDuration, formatSize, formatTime } from './units.js';

/** An image under one of its names. */
export interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** One row for each name of each image; docker's dashes for what is without. The digest is the registry's, where it has the image in another form. */
export function imageRows(image: ImageSummary, names: readonly string[] = image.names): ImageRow[] {
  const own = image.target.size > 0 || image.target.digest !== image.id ? image.target.digest : '<none>';
  if (names.length === 0) return [{ image, repository: '<none>', tag: '<none>', digest: own }];
  return names.map((name) => {
    const reference = parseReference(name);
    const pushed = image.pushed?.map(parseReference).find(({ domain, path }) => domain === reference.domain && path === reference.path);
    return { image, repository: familiarRepository(reference), tag: reference.tag ?? '<none>', digest: reference.digest ?? pushed?.digest ?? own };
  });
}

/** docker's fields of `images`. */
export function imageListing({ truncate, digests }: { truncate: boolean; digests: boolean }): Listing<ImageRow> {
  return {
    columns: ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'],
    labels: ({ image }) => image.labels ?? {},
    fields: {
      ID: ['IMAGE ID', ({ image }) => (truncate ? image.id.slice(7, 19) : image.id)],
      Repository: ['REPOSITORY', ({ repository }) => repository],
      Tag: ['TAG', ({ tag }) => tag],
      Digest: ['DIGEST', ({ digest }) => digest],
      CreatedSince: ['CREATED', ({ image }) => (isKnown(image.created) ? `${formatDuration(Date.now() - image.created.getTime())} ago` : 'N/A')],
      CreatedAt: ['CREATED AT', ({ image }) => (isKnown(image.created) ? formatTime(image.created) : 'N/A')],
      Size: ['SIZE', ({ image }) => formatSize(image.bytes ?? 0)],
      Containers: ['CONTAINERS', () => 'N/A'],
      SharedSize: ['SHARED SIZE', () => 'N/A'],
      UniqueSize: ['UNIQUE SIZE', () => 'N/A'],
      VirtualSize: ['SIZE', ({ image }) => formatSize(image.bytes ?? 0)],
    },
  };
}

/** Builds that can be repeated date their images to 1970. */
function isKnown(time: Date | undefined): time is Date {
  return time !== undefined && time.getTime() > 0;
}
