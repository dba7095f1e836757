import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import type { Manifest } from '../model/manifest.js';
import { documentBytes, parseManifest } from '../model/parse.js';
import type { ImageSource } from './image-source.js';

const subjectField = 'vnd.docker.reference.digest';
const maxStatementBytes = 256 * 1024 * 1024;

/** What a manifest became on its way, by its digest before. */
export type Renamed = ReadonlyMap<Digest, Descriptor>;

/** Whether an index's part attests something of a manifest that has another digest now. */
export function isAbout(child: Descriptor, renamed: Renamed): boolean {
  return renamed.has(child.annotations?.[subjectField] as Digest);
}

/**
 * An attestation names the image that it is about by the digest of its manifest: in the index's annotation and in the subject of each
 * in-toto statement. Where that manifest's layers were compressed on the way, the attestation has to follow. Returns it as it is now,
 * and a source that has its new parts.
 */
export async function aboutRenamed(source: ImageSource, child: Descriptor, bytes: Uint8Array, renamed: Renamed, call: { readonly signal?: AbortSignal }): Promise<{ descriptor: Descriptor; manifest: Manifest; bytes: Uint8Array; source: ImageSource }> {
  const manifest = parseManifest(bytes, child.mediaType, source.name);
  if (!('layers' in manifest)) throw new CaissonError('invalid-content', `${source.name} has an index where an attestation should be`);
  const made = new Map<Digest, Uint8Array>();
  const names = [...renamed].map(([before, after]) => [hex(before), hex(after.digest)] as const);
  const rewrite = async (part: Descriptor, words: readonly (readonly [string, string])[]): Promise<Descriptor> => {
    const text = new TextDecoder().decode(await readPart(source, part, call));
    const changed = Buffer.from(words.reduce((now, [before, after]) => now.replaceAll(before, after), text));
    const digest = sha256(changed);
    made.set(digest, changed);
    return { ...part, digest, size: changed.byteLength };
  };
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) layers.push(await rewrite(layer, names));
  // The config lists the statements as if they were layers.
  const config = await rewrite(manifest.config, manifest.layers.map((layer, place) => [hex(layer.digest), hex((layers[place] ?? layer).digest)]));
  const { subject } = manifest;
  const now = subject && renamed.get(subject.digest);
  const result: Manifest = { ...manifest, config, layers, ...(now ? { subject: { ...subject, digest: now.digest, size: now.size } } : {}) };
  const resultBytes = documentBytes(result);
  const about = renamed.get(child.annotations?.[subjectField] as Digest)?.digest ?? '';
  const descriptor = { ...child, digest: sha256(resultBytes), size: resultBytes.byteLength, annotations: { ...child.annotations, [subjectField]: about } };
  return { descriptor, manifest: result, bytes: resultBytes, source: withParts(source, made) };
}

const hex = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

async function readPart(source: ImageSource, part: Descriptor, call: { readonly signal?: AbortSignal }): Promise<Buffer> {
  if (part.size > maxStatementBytes) throw new CaissonError('limit-exceeded', `an attestation of ${source.name} claims ${part.size} bytes; ${maxStatementBytes} are the limit`);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source.blob(part, call)) {
    pieces.push(piece);
    if ((length += piece.byteLength) > part.size) break;
  }
  const bytes = Buffer.concat(pieces);
  if (sha256(bytes) !== part.digest) throw new CaissonError('digest-mismatch', `an attestation of ${source.name} is not what its digest ${part.digest} says`);
  return bytes;
}

function withParts(source: ImageSource, parts: ReadonlyMap<Digest, Uint8Array>): ImageSource {
  return {
    name: source.name,
    resolve: (options) => source.resolve(options),
    document: async (descriptor, options) => parts.get(descriptor.digest) ?? source.document(descriptor, options),
    async *blob(descriptor, options) {
      const own = parts.get(descriptor.digest);
      if (own) yield own.subarray(options?.offset ?? 0);
      else yield* source.blob(descriptor, options);
    },
  };
}
