import { CaissonError, parseLayoutPlace, parseReference, type ImageDestination, type ImageOrigin, type Reference } from '@caisson/core';
import { readInput } from './input.js';

/** A place that an image is copied from or to, as it is written on the command line. */
export type Place =
  | { readonly type: 'registry'; readonly reference: Reference }
  | { readonly type: 'store'; readonly name: string }
  | { readonly type: 'layout'; readonly folder: string; readonly image?: string }
  | { readonly type: 'archive' | 'rootfs'; readonly file: string; readonly image?: string };

export const placeHelp = `
Places:
  NAME, docker://NAME                          an image in a registry
  store:NAME                                   an image of this host
  oci:FOLDER[:TAG]                             an OCI layout
  oci-archive:FILE[:NAME]                      the same in a tar; - is standard input or output
  docker-archive:FILE[:NAME]                   what docker save writes
  rootfs:FILE                                  a tar of a root file system
`;

/** @throws CaissonError `invalid-argument` */
export function parsePlace(text: string): Place {
  const [, kind, rest = ''] = /^(docker|store|oci|oci-archive|docker-archive|rootfs):(.*)$/s.exec(text) ?? [];
  if (kind !== undefined && rest === '') throw new CaissonError('invalid-argument', `${JSON.stringify(text)}: nothing follows the colon`);
  switch (kind) {
    case 'docker':
      if (rest.startsWith('//')) return { type: 'registry', reference: parseReference(rest.slice(2)) };
      break;
    case 'store':
      return { type: 'store', name: rest };
    case 'oci':
      return { type: 'layout', ...parseLayoutPlace(rest) };
    case 'oci-archive':
    case 'docker-archive': {
      const { folder: file, ...image } = parseLayoutPlace(rest);
      return { type: 'archive', file, ...image };
    }
    case 'rootfs':
      return { type: 'rootfs', file: rest };
    case undefined:
      break;
  }
  try {
    return { type: 'registry', reference: parseReference(text) };
  } catch (error) {
    throw /^[a-z-]+:\S*\//.test(text) ? new CaissonError('invalid-argument', `${JSON.stringify(text.slice(0, 300))} is not a place that an image can be in`, { hint: 'caisson image copy --help lists them', cause: error }) : error;
  }
}

/** Opens what is to be read. @throws CaissonError `not-found` */
export function toOrigin(place: Place): ImageOrigin {
  if (!isStream(place)) return place;
  const { type, file, image } = place;
  return { type, ...readInput(file), ...(image === undefined ? {} : { image }) };
}

/** Where bytes go that are written in one pass is another's business: see `isStream`. */
export function toDestination(place: Exclude<Place, { readonly type: 'archive' | 'rootfs' }>): ImageDestination {
  if (place.type !== 'layout') return place;
  const { type, folder, image } = place;
  if (image?.startsWith('sha256:')) throw new CaissonError('invalid-argument', `${folder} cannot give an image a digest`, { hint: 'name a tag' });
  return { type, folder, ...(image === undefined ? {} : { tag: image }) };
}

export function isStream(place: Place): place is Extract<Place, { readonly type: 'archive' | 'rootfs' }> {
  return place.type === 'archive' || place.type === 'rootfs';
}
