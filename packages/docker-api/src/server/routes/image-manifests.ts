import { encodeDescriptor, imageBytes } from '../../encode/image.js';
import type { ImageManifestSummary } from '../../types/image.js';
import type { Call } from '../http/call.js';

/** The manifests of an image that are here: the one for this host's platform. */
export async function encodeManifests(call: Call, name: string, containers: readonly string[]): Promise<ImageManifestSummary[]> {
  const { descriptor, config, manifest } = await call.engine.images.get(name);
  const bytes = imageBytes({ manifest });
  const { os, architecture, variant } = config;
  const platform = { architecture, os, ...(variant === undefined ? {} : { variant }) };
  return [
    {
      ID: descriptor.digest,
      Descriptor: { ...encodeDescriptor(descriptor), platform },
      Available: true,
      Size: { Content: bytes, Total: bytes },
      Kind: 'image',
      ImageData: { Platform: platform, Size: { Unpacked: 0 }, Containers: containers },
    },
  ];
}
