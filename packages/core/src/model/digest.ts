import { createHash, hash } from 'node:crypto';
import { CaissonError } from '../errors.js';

/** `algorithm:hex`, as in the OCI image spec («Digests»). Only the registered algorithms sha256 and sha512 are accepted. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const form = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && form.test(value);
}

/** @throws CaissonError `invalid-argument` for anything but a well-formed digest. */
export function parseDigest(value: string): Digest {
  if (isDigest(value)) return value;
  throw new CaissonError('invalid-argument', `not a digest: ${JSON.stringify(value.slice(0, 160))}`, {
    hint: 'a digest is sha256: and 64 hexadecimal digits',
  });
}

export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function sha256(data: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', data, 'hex')}`;
}

/** Hashes a stream piece by piece, and counts it. */
export class Digester {
  readonly #algorithm: 'sha256' | 'sha512';
  readonly #hash;
  size = 0;

  constructor(algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
    this.size += data.byteLength;
  }

  /** Ends the digester: call it once. */
  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
  }
}

/**
 * The ChainID of a stack of layers, lowest first (OCI image spec, config.md «Layer ChainID»): it names the root file
 * system that results from applying them in order.
 */
export function chainId(diffIds: readonly Digest[]): Digest {
  const [first, ...rest] = diffIds;
  if (first === undefined) throw new CaissonError('invalid-argument', 'an empty stack of layers has no ChainID');
  let chain = first;
  for (const diffId of rest) chain = sha256(`${chain} ${diffId}`);
  return chain;
}
