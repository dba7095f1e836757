import { CaissonError } from '../errors.js';
import type { Descriptor } from './descriptor.js';
import { isDigest } from './digest.js';
import type { ImageConfig } from './image-config.js';
import type { Index, Manifest } from './manifest.js';
import { isIndexType, isManifestType, mediaTypes } from './media-type.js';

/** Larger manifests and configs are refused: registries cap them at 4 MiB. */
export const maxDocumentBytes = 4 * 1024 * 1024;

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStringMap = (value: unknown): value is Record<string, string> => isObject(value) && Object.values(value).every((v) => typeof v === 'string');
const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((v) => typeof v === 'string');

function invalid(what: string, why: string): never {
  throw new CaissonError('invalid-content', `${what} is not valid: ${why}`);
}

function parseJson(bytes: Uint8Array, what: string): Json {
  if (bytes.byteLength > maxDocumentBytes) throw new CaissonError('limit-exceeded', `${what} is larger than ${maxDocumentBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CaissonError('invalid-content', `${what} is not JSON`, { cause });
  }
  return isObject(value) ? value : invalid(what, 'it is not an object');
}

function checkDescriptor(value: unknown, what: string): asserts value is Descriptor {
  if (!isObject(value)) invalid(what, 'a descriptor is not an object');
  const { mediaType, digest, size, urls, annotations, platform } = value;
  if (typeof mediaType !== 'string' || mediaType.length > 255) invalid(what, 'a descriptor has no media type');
  if (!isDigest(digest)) invalid(what, 'a descriptor has no proper digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) invalid(what, `the size of ${digest} is not a number of bytes`);
  if (urls !== undefined && !isStrings(urls)) invalid(what, `the urls of ${digest} are not texts`);
  if (annotations != null && !isStringMap(annotations)) invalid(what, `the annotations of ${digest} are not texts`);
  if (platform !== undefined && (!isObject(platform) || typeof platform.os !== 'string' || typeof platform.architecture !== 'string'))
    invalid(what, `the platform of ${digest} has no os and architecture`);
}

/**
 * The media type a manifest or index says of itself; else, as the specs have it, what its shape says.
 * @throws CaissonError `invalid-content`; `unsupported` for Docker's schema 1.
 */
function documentType(json: Json, contentType: string | undefined, what: string): string {
  if (json.schemaVersion === 1 || contentType?.startsWith('application/vnd.docker.distribution.manifest.v1'))
    throw new CaissonError('unsupported', `${what} is an image of Docker's old schema 1, which cannot be verified by digest`, {
      hint: 'pull and push it once with a Docker from 2017 or later: that converts it',
    });
  if (json.schemaVersion !== 2) invalid(what, 'schemaVersion is not 2');
  const own = json.mediaType;
  if (own !== undefined && typeof own !== 'string') invalid(what, 'mediaType is not a text');
  if (own === undefined && 'manifests' in json && 'layers' in json) invalid(what, 'it is both a manifest and an index');
  const type = own ?? contentType ?? ('manifests' in json ? mediaTypes.index : mediaTypes.manifest);
  return type;
}

/**
 * Parses the bytes of a manifest or an index. Every descriptor in it is checked; nothing else of it is trusted.
 * @throws CaissonError `invalid-content`, `limit-exceeded`; `unsupported` for schema 1.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string, what = 'the manifest'): Manifest | Index {
  const json = parseJson(bytes, what);
  const mediaType = documentType(json, contentType, what);
  if (isIndexType(mediaType)) {
    if (!Array.isArray(json.manifests)) invalid(what, 'it lists no manifests');
    for (const entry of json.manifests) checkDescriptor(entry, what);
    return { ...json, mediaType } as unknown as Index;
  }
  if (!isManifestType(mediaType)) invalid(what, `its media type is ${JSON.stringify(mediaType.slice(0, 100))}`);
  checkDescriptor(json.config, what);
  if (!Array.isArray(json.layers)) invalid(what, 'it lists no layers');
  for (const layer of json.layers) checkDescriptor(layer, what);
  return { ...json, mediaType } as unknown as Manifest;
}

export function isIndex(document: Manifest | Index): document is Index {
  return isIndexType(document.mediaType);
}

/**
 * Parses an image config.
 * @throws CaissonError `invalid-content`, `limit-exceeded`
 */
export function parseImageConfig(bytes: Uint8Array, what = 'the image config'): ImageConfig {
  const json = parseJson(bytes, what);
  if (typeof json.os !== 'string' || typeof json.architecture !== 'string') invalid(what, 'os or architecture is missing');
  const { rootfs, config, history } = json;
  if (!isObject(rootfs) || (rootfs.diff_ids != null && !(Array.isArray(rootfs.diff_ids) && rootfs.diff_ids.every(isDigest))))
    invalid(what, 'rootfs.diff_ids is not a list of digests');
  if (history != null && !(Array.isArray(history) && history.every(isObject))) invalid(what, 'history is not a list');
  if (config != null) checkDefaults(config, what);
  return { ...json, rootfs: { type: 'layers', diff_ids: (rootfs.diff_ids as ImageConfig['rootfs']['diff_ids'] | null) ?? [] } } as unknown as ImageConfig;
}

function checkDefaults(config: unknown, what: string): void {
  if (!isObject(config)) invalid(what, 'config is not an object');
  for (const key of ['User', 'WorkingDir', 'StopSignal'])
    if (config[key] != null && typeof config[key] !== 'string') invalid(what, `config.${key} is not a text`);
  for (const key of ['Env', 'Cmd', 'Entrypoint', 'OnBuild', 'Shell'])
    if (config[key] != null && !isStrings(config[key])) invalid(what, `config.${key} is not a list of texts`);
  for (const key of ['ExposedPorts', 'Volumes']) if (config[key] != null && !isObject(config[key])) invalid(what, `config.${key} is not an object`);
  if (config.Labels != null && !isStringMap(config.Labels)) invalid(what, 'config.Labels are not texts');
  for (const key of Object.keys((config.Volumes as Json | null | undefined) ?? {}))
    if (!key.startsWith('/') && !/^[A-Za-z]:\\/.test(key)) invalid(what, `the volume ${JSON.stringify(key)} is not an absolute path`);
}

/** The canonical bytes of a document of ours: compact JSON in the order of its fields. */
export function documentBytes(document: Manifest | Index | ImageConfig): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}
