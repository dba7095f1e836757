import { CaissonError, parseReference, withDefaultTag, type BuildOutput, type CacheLocation, type OutputCompression } from '@caisson/core';
import { pairs } from './values.js';

function invalid(flag: string, text: string, hint: string): never {
  throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text.slice(0, 200))} is not valid`, { hint });
}

/** `-o DEST`, or buildx's `type=…,dest=…`. `-` is standard output. */
export function parseOutput(text: string): BuildOutput {
  const fields = text.includes('=') ? pairs(text.split(',')) : { type: 'local', dest: text };
  const { type = 'local', name, push, compression } = fields;
  const destination = fields.dest ?? fields.destination;
  if (type === 'image' || type === 'registry')
    return { type: 'image', ...(name ? { names: [withDefaultTag(parseReference(name))] } : {}), ...(type === 'registry' || push === 'true' ? { push: true } : {}), ...(type === 'registry' ? { store: false } : {}) };
  if (destination === undefined) return invalid('--output', text, 'name a destination: dest=PATH');
  if (type === 'local') return { type, destination };
  if (type !== 'oci' && type !== 'docker' && type !== 'tar') return invalid('--output', text, 'type is one of image, registry, oci, docker, tar, local');
  return { type, destination: destination === '-' ? toStdout : destination, ...(compression ? { compression: parseCompression(compression, text) } : {}) };
}

function toStdout(data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(data, (error) => (error ? reject(error) : resolve())));
}

function parseCompression(kind: string, text: string): OutputCompression {
  if (kind === 'gzip' || kind === 'zstd' || kind === 'uncompressed') return { type: kind };
  return invalid('--output', text, 'compression is one of gzip, zstd, uncompressed');
}

/** A bare name is a registry's, as docker has it; else `type=registry,ref=…`, `type=local,src=…` (or dest), `type=inline`. */
export function parseCache(flag: '--cache-from' | '--cache-to', text: string): CacheLocation & { mode?: 'min' | 'max' } {
  const fields = text.includes('=') ? pairs(text.split(',')) : { type: 'registry', ref: text };
  const { type, ref, mode } = fields;
  if (mode !== undefined && mode !== 'min' && mode !== 'max') invalid(flag, text, 'mode is min or max');
  const how: { mode?: 'min' | 'max' } = mode === 'min' || mode === 'max' ? { mode } : {};
  const reference = ref === undefined ? undefined : withDefaultTag(parseReference(ref));
  if (type === 'registry') return { type, reference: reference ?? invalid(flag, text, 'name the registry: ref=NAME'), ...how };
  if (type === 'local') return { type, path: (flag === '--cache-from' ? fields.src : fields.dest) ?? invalid(flag, text, flag === '--cache-from' ? 'name the folder: src=PATH' : 'name the folder: dest=PATH'), ...how };
  if (type === 'inline') return { type, ...(reference ? { reference } : {}), ...how };
  return invalid(flag, text, 'type is one of registry, local, inline');
}

/** `--provenance`, `--provenance=max`, `mode=min`; `false` for none. */
export function parseProvenance(value: string | boolean): 'min' | 'max' | undefined {
  if (value === false || value === 'false') return undefined;
  const mode = value === true || value === 'true' ? 'min' : value.replace(/^mode=/, '');
  return mode === 'min' || mode === 'max' ? mode : invalid('--provenance', String(value), 'write min or max');
}
