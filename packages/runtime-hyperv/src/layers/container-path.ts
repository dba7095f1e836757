import type { RawPath } from '@caisson/core';

/** Where in a container a path of a layer's archive is seen; undefined for what is no file of it (hives, the utility VM). */
export function inContainer(path: RawPath): RawPath | undefined {
  if (path === 'Files') return '';
  return path.startsWith('Files/') ? path.slice('Files/'.length) : undefined;
}
