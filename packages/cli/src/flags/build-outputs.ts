import { CaissonError, parseReference, withDefaultTag, type BuildOutput, type CacheDestination, type OutputCompression } from '@caisson/core';
import { csvFields, pairs } from './values.js';

function invalid(flag: string, text: string, hint: string): never {
  throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text.slice(0, 200))} is not valid`, { hint });
}

/** Keys of each type; those that say what is done anyway are taken with that value only. */
const keys: Readonly<Record<string, readonly string[]>> = {
  image: ['name', 'push', 'push-by-digest', 'store', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'rewrite-timestamp', 'unpack'],
  registry: ['name', 'push', 'push-by-digest', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'rewrite-timestamp'],
  oci: ['dest', 'destination', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'rewrite-timestamp', 'tar'],
  docker: ['dest', 'destination', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'rewrite-timestamp', 'tar'],
  tar: ['dest', 'destination'],
  local: ['dest', 'destination', 'mode'],
};
const always: Readonly<Record<string, string>> = { 'oci-mediatypes': 'true', 'rewrite-timestamp': 'true', tar: 'true' };

/** Annotations that stand in an output, as --annotation has them: `annotation.KEY=VALUE`, `annotation-index.KEY=VALUE`. */
export function outputAnnotations(text: string): string[] {
  return csvFields(text).flatMap((field) => {
    const [, kind, pair] = annotationField.exec(field) ?? [];
    return pair === undefined ? [] : [kind === undefined ? pair : `${kind}:${pair}`];
  });
}

const annotationField = /^annotation(?:-(manifest|index))?\.(.+)$/s;

/** `-o DEST`, or buildx's `type=...,dest=...`. `-` is standard output. */
export function parseOutput(text: string): BuildOutput {
  const { type = 'local', ...fields } = text.includes('=') ? pairs(csvFields(text).filter((field) => !annotationField.test(field))) : text === '-' ? { type: 'tar' } : { dest: text };
  const known = Object.hasOwn(keys, type) ? keys[type] : undefined;
  if (!known) return invalid('--output', text, `type is one of ${Object.keys(keys).join(', ')}`);
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key)) return invalid('--output', text, `type=${type} takes ${known.join(', ')}`);
    if (always[key] !== undefined && value !== always[key]) return invalid('--output', text, `${key} is always ${always[key]} here`);
  }
  const on = (key: string, otherwise: boolean): boolean => {
    const value = fields[key]?.toLowerCase();
    if (value !== undefined && value !== 'true' && value !== 'false') invalid('--output', text, `${key} is true or false`);
    return value === undefined ? otherwise : value === 'true';
  };
  const compression = parseCompression('--output', text, fields.compression, fields['compression-level'], on('force-compression', false));
  if (type === 'image' || type === 'registry') {
    const names = fields.name ? { names: fields.name.split(',').map((name) => withDefaultTag(parseReference(name))) } : {};
    const push = on('push', type === 'registry');
    const pushByDigest = on('push-by-digest', false);
    on('unpack', true);
    if (pushByDigest && !push) return invalid('--output', text, 'push-by-digest needs push=true');
    if (type === 'registry' && !push) return invalid('--output', text, 'type=registry always pushes; type=image need not');
    const keeps = type === 'registry' || !on('store', true) ? { store: false } : {};
    return { type: 'image', ...names, ...(push ? { push } : {}), ...(pushByDigest ? { pushByDigest } : {}), ...keeps, ...compression };
  }
  const destination = fields.dest ?? fields.destination ?? (type === 'local' ? undefined : '-');
  if (destination === undefined) return invalid('--output', text, 'name a folder: dest=PATH');
  if (type === 'local') {
    if (fields.mode !== undefined && fields.mode !== 'copy' && fields.mode !== 'delete') return invalid('--output', text, 'mode is copy or delete');
    return { type, destination, ...(fields.mode ? { mode: fields.mode } : {}) };
  }
  if (destination === '-' && process.stdout.isTTY) return invalid('--output', text, 'an archive cannot be shown on a terminal: name a file with dest=PATH');
  return { type: type === 'oci' || type === 'docker' ? type : 'tar', destination: destination === '-' ? toStdout : destination, ...compression };
}

function toStdout(data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(data, (error) => (error ? reject(error) : resolve())));
}

function parseCompression(flag: string, text: string, kind = '', level?: string, forced = false): { compression?: OutputCompression } {
  if (kind === '' && level === undefined && !forced) return {};
  const type = kind === '' ? 'gzip' : kind;
  if (type === 'estargz') throw new CaissonError('unsupported', `${flag}: layers cannot be written as estargz`, { hint: 'use gzip, zstd or uncompressed' });
  if (type !== 'gzip' && type !== 'zstd' && type !== 'uncompressed') return invalid(flag, text, 'compression is one of gzip, zstd, uncompressed');
  const force = forced ? { force: true } : {};
  if (level === undefined) return { compression: { type, ...force } };
  const [least, most] = type === 'zstd' ? [1, 19] : [0, 9];
  if (type === 'uncompressed' || !/^\d{1,2}$/.test(level) || Number(level) < least || Number(level) > most) return invalid(flag, text, 'compression-level is 0 to 9 for gzip, 1 to 19 for zstd');
  return { compression: { type, level: Number(level), ...force } };
}

const shared = ['type', 'mode', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes', 'image-manifest', 'ignore-error'];
const cacheKeys: Readonly<Record<string, { readonly '--cache-from': readonly string[]; readonly '--cache-to': readonly string[] }>> = {
  registry: { '--cache-from': ['type', 'ref'], '--cache-to': ['ref', ...shared] },
  local: { '--cache-from': ['type', 'src'], '--cache-to': ['dest', ...shared] },
  inline: { '--cache-from': ['type', 'ref'], '--cache-to': ['type', 'mode', 'ignore-error'] },
};
/** What is done anyway. */
const alwaysInCaches: Readonly<Record<string, string>> = { 'oci-mediatypes': 'true', 'image-manifest': 'true', 'force-compression': 'false' };

/** A bare name is a registry's, as docker has it; else `type=registry,ref=...`, `type=local,src=...` (or dest), `type=inline`. */
export function parseCache(flag: '--cache-from' | '--cache-to', text: string): CacheDestination {
  const fields = text.includes('=') ? pairs(csvFields(text)) : { type: 'registry', ref: text };
  const { type = '', ref, mode, src, dest } = fields;
  const known = Object.hasOwn(cacheKeys, type) ? cacheKeys[type]?.[flag] : undefined;
  if (!known) return invalid(flag, text, `type is one of ${Object.keys(cacheKeys).join(', ')}`);
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key)) invalid(flag, text, `type=${type} takes ${known.filter((name) => name !== 'type').join(', ')}`);
    if (alwaysInCaches[key] !== undefined && value !== alwaysInCaches[key]) invalid(flag, text, `${key} is always ${alwaysInCaches[key]} here`);
  }
  if (mode !== undefined && mode !== 'min' && mode !== 'max') invalid(flag, text, 'mode is min or max');
  const how: Pick<CacheDestination, 'mode' | 'compression' | 'ignoreError'> = { ...(mode === 'min' || mode === 'max' ? { mode } : {}), ...(fields['ignore-error'] === 'true' ? { ignoreError: true } : {}), ...parseCompression(flag, text, fields.compression, fields['compression-level']) };
  const reference = ref === undefined ? undefined : withDefaultTag(parseReference(ref));
  if (type === 'registry') return { type, reference: reference ?? invalid(flag, text, 'name the registry: ref=NAME'), ...how };
  if (type === 'local') return { type, path: src ?? dest ?? invalid(flag, text, flag === '--cache-from' ? 'name the folder: src=PATH' : 'name the folder: dest=PATH'), ...how };
  return { type: 'inline', ...(reference ? { reference } : {}), ...how };
}

/** `--provenance`, `--provenance=max`, `mode=min`; `false` for none. */
export function parseProvenance(value: string | boolean): 'min' | 'max' | undefined {
  if (value === false || value === 'false') return undefined;
  const mode = value === true || value === 'true' ? 'min' : value.replace(/^mode=/, '');
  return mode === 'min' || mode === 'max' ? mode : invalid('--provenance', String(value), 'write min or max');
}
