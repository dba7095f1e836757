import type { Digest } from '@caisson/core';
import { encodeDescriptor } from '../../encode/image.js';
import type { ImageManifestSummary } from '../../types/image.js';
import type { Call } from '../http/call.js';

/** The manifests of an image, here or not. `users`: IDs of the containers that use one, by the digest of its config, which is docker's image ID. */
export async function encodeManifests(call: Call, name: string, users: ReadonlyMap<Digest, readonly string[]>): Promise<ImageManifestSummary[]> {
  return (await call.engine.images.manifests(name)).map(({ descriptor, kind, available, platform, id, contentBytes, unpackedBytes, about }) => ({
    ID: descriptor.digest,
    // docker adds the platform where the image says it, and its index does not.
    Descriptor: encodeDescriptor(platform && kind === 'image' ? { ...descriptor, platform } : descriptor),
    Available: available,
    Size: { Content: contentBytes, Total: contentBytes + unpackedBytes },
    Kind: kind,
    ...(kind === 'image' ? { ImageData: { Platform: platform ?? { os: '', architecture: '' }, Size: { Unpacked: unpackedBytes }, Containers: (id && users.get(id)) ?? [] } } : {}),
    ...(kind === 'attestation' ? { AttestationData: { For: about ?? '' } } : {}),
  }));
}

/** IDs of the containers of each image. */
export async function usersOfImages(call: Call): Promise<Map<Digest, string[]>> {
  const users = new Map<Digest, string[]>();
  for (const { id, image } of await call.engine.containers.list({ all: true })) users.set(image.id, [...(users.get(image.id) ?? []), id]);
  return users;
}
