/** What a URI of ours names. In both schemes the first part of the path says of whom: `caisson:/IMAGE/LAYER/path`, `caisson-container:/ID/path`. */
export interface ImagePath {
  /** ID of an image, without `sha256:`. */
  readonly image: string;
  /** With only the layers up to this one; absent: with all. */
  readonly layer?: number;
  /** Without a slash in front. */
  readonly path: string;
}

export const imageScheme = 'caisson';
export const containerScheme = 'caisson-container';

export function imageAddress({ image, layer, path }: ImagePath): string {
  return `/${image.replace(/^sha256:/, '')}/${layer ?? 'all'}/${path}`;
}

/** Undefined for what is none of ours. */
export function parseImageAddress(uriPath: string): ImagePath | undefined {
  const [, image, layer, path = ''] = /^\/([0-9a-f]{12,64})\/(all|\d{1,4})(?:\/(.*))?$/s.exec(uriPath) ?? [];
  if (image === undefined || layer === undefined) return undefined;
  return { image, path, ...(layer === 'all' ? {} : { layer: Number(layer) }) };
}

export function containerAddress(container: string, path: string): string {
  return `/${container}/${path.replace(/^\//, '')}`;
}

export function parseContainerAddress(uriPath: string): { readonly container: string; readonly path: string } | undefined {
  const [, container, path = ''] = /^\/([0-9a-zA-Z][\w.-]*)(\/.*)?$/s.exec(uriPath) ?? [];
  return container === undefined ? undefined : { container, path: path === '' ? '/' : path };
}
