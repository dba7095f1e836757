import type { Descriptor } from '../model/descriptor.js';
import { Digester, digestAlgorithm, type Digest } from '../model/digest.js';
import { isIndex, parseManifest } from '../model/parse.js';

/** A refusal in the form that registries give it (distribution spec, «Error Codes»). */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Bytes on their way: they stay, whatever breaks, until the upload is ended. */
export interface MemoryUpload {
  readonly chunks: Uint8Array[];
  size: number;
}

export interface MemoryManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly subject?: Digest;
  /** What a list of referrers says of it. */
  readonly descriptor: Descriptor;
}

/** One repository of an in-memory registry. Its maps are open to tests, to look at and to spoil. */
export class MemoryRepository {
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly manifests = new Map<Digest, MemoryManifest>();
  readonly tags = new Map<string, Digest>();
  readonly uploads = new Map<string, MemoryUpload>();

  /** By tag or digest. @throws RegistryRefusal */
  manifest(key: string): MemoryManifest & { digest: Digest } {
    const digest = this.tags.get(key) ?? (key as Digest);
    const found = this.manifests.get(digest);
    if (!found) throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return { ...found, digest };
  }

  /** @throws RegistryRefusal where the blob is not here. */
  blob(digest: string): Uint8Array {
    const found = this.blobs.get(digest as Digest);
    if (!found) throw new RegistryRefusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    return found;
  }

  /** @throws RegistryRefusal for bytes that are no manifest, parts that are missing, and a digest that is wrong. */
  putManifest(key: string, bytes: Uint8Array, contentType: string | undefined): { digest: Digest; subject?: Digest } {
    let document;
    try {
      document = parseManifest(bytes, contentType);
    } catch (error) {
      throw new RegistryRefusal(400, 'MANIFEST_INVALID', error instanceof Error ? error.message : 'manifest invalid');
    }
    const byDigest = key.includes(':');
    const digest = digestOf(bytes, byDigest && key.startsWith('sha512:') ? 'sha512' : 'sha256');
    if (byDigest && digest !== key) throw new RegistryRefusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    const parts = isIndex(document) ? document.manifests : [document.config, ...document.layers];
    const missing = parts.find((part) => !(this.manifests.has(part.digest) || this.blobs.has(part.digest) || part.urls));
    if (missing) throw new RegistryRefusal(404, 'MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${missing.digest}`);
    const { subject, annotations } = document;
    const artifactType = document.artifactType ?? (isIndex(document) ? undefined : document.config.mediaType);
    this.manifests.set(digest, {
      mediaType: document.mediaType,
      bytes,
      ...(subject ? { subject: subject.digest } : {}),
      descriptor: {
        mediaType: document.mediaType,
        digest,
        size: bytes.byteLength,
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(annotations ? { annotations } : {}),
      },
    });
    if (!byDigest) this.tags.set(key, digest);
    return { digest, ...(subject ? { subject: subject.digest } : {}) };
  }

  /** A digest takes the manifest and its tags away, a tag only itself. @throws RegistryRefusal */
  deleteManifest(key: string): void {
    if (this.tags.delete(key)) return;
    const { digest } = this.manifest(key);
    this.manifests.delete(digest);
    for (const [tag, target] of this.tags) if (target === digest) this.tags.delete(tag);
  }

  referrers(digest: string, artifactType: string | null): Descriptor[] {
    return [...this.manifests.values()]
      .filter(({ subject, descriptor }) => subject === digest && (artifactType === null || descriptor.artifactType === artifactType))
      .map(({ descriptor }) => descriptor);
  }

  upload(id: string): MemoryUpload {
    const found = this.uploads.get(id);
    if (!found) throw new RegistryRefusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    return found;
  }

  /** Ends an upload. @throws RegistryRefusal where the bytes are not what the digest says; they are dropped. */
  commit(id: string, digest: Digest): void {
    const bytes = Buffer.concat(this.upload(id).chunks);
    this.uploads.delete(id);
    if (digestOf(bytes, digestAlgorithm(digest)) !== digest)
      throw new RegistryRefusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    this.blobs.set(digest, bytes);
  }
}

function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512'): Digest {
  const digester = new Digester(algorithm);
  digester.update(bytes);
  return digester.digest();
}
