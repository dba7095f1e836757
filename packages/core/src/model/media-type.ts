/** Media types of the OCI image spec 1.1 and of Docker's schema 2, whose documents have the same shape. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestV1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerManifestV1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerTar: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest;
}

export type LayerCompression = 'none' | 'gzip' | 'zstd';

/** How a layer blob of this media type is compressed; undefined where it is no layer of a kind that is known. */
export function layerCompression(mediaType: string): LayerCompression | undefined {
  switch (mediaType.replace('.nondistributable', '')) {
    case mediaTypes.layerTar:
    case mediaTypes.dockerLayerTar:
      return 'none';
    case mediaTypes.layerGzip:
    case mediaTypes.dockerLayerGzip:
    case mediaTypes.dockerForeignLayer:
      return 'gzip';
    case mediaTypes.layerZstd:
      return 'zstd';
    default:
      return undefined;
  }
}

/** A layer whose bytes lie elsewhere (Windows base layers): fetched from the registry first, then from the descriptor's `urls`. */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerForeignLayer || mediaType.includes('.layer.nondistributable.');
}
