import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, sha256, systemCode } from '@caisson/core';
import type { TlsMaterial } from '../connect/endpoint.js';
import { writeAside } from './docker-config.js';

/** A named host in docker's context store. */
export interface DockerContext {
  readonly name: string;
  readonly description: string;
  /** In docker's notation. */
  readonly host: string;
  readonly skipTlsVerify: boolean;
  /** Everything of the metadata that docker's tools may have added. */
  readonly metadata: ContextMetadata;
  /** Folders of the store that it lies in. */
  readonly metadataPath: string;
  readonly tlsPath: string;
}

/** meta.json, as docker writes it. */
export interface ContextMetadata {
  readonly Name: string;
  readonly Metadata: Readonly<Record<string, unknown>>;
  readonly Endpoints: Readonly<Record<string, { readonly Host?: string; readonly SkipTLSVerify?: boolean } & Readonly<Record<string, unknown>>>>;
}

export type TlsFile = 'ca.pem' | 'cert.pem' | 'key.pem';
export const tlsFiles: readonly TlsFile[] = ['ca.pem', 'cert.pem', 'key.pem'];

/** The store's folders, below docker's own: `contexts/meta/<sha256 of the name>/meta.json`, `contexts/tls/<the same>/docker/*.pem`. */
export class ContextStore {
  readonly #folder: string;

  /** `folder`: docker's, with config.json. */
  constructor(folder: string) {
    this.#folder = join(folder, 'contexts');
  }

  /** By name. What cannot be read is passed over: it must not keep the others from use. */
  list(): DockerContext[] {
    let names: string[];
    try {
      names = readdirSync(join(this.#folder, 'meta'));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return [];
      throw fromSystemError(error, `reading ${this.#folder}`);
    }
    return names
      .flatMap((id) => {
        try {
          return [this.#read(id)];
        } catch {
          return [];
        }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws CaissonError `not-found`, `invalid-content` */
  get(name: string): DockerContext {
    const id = idOf(name);
    if (!existsSync(join(this.#folder, 'meta', id, 'meta.json'))) throw new CaissonError('not-found', `there is no context ${JSON.stringify(name.slice(0, 100))}`, { hint: 'caisson context ls lists those that there are' });
    return this.#read(id);
  }

  has(name: string): boolean {
    return existsSync(join(this.#folder, 'meta', idOf(name), 'meta.json'));
  }

  /** Writes it, in the place of one of that name if there is one. `tls`: what it holds; undefined leaves it as it is. */
  put(metadata: ContextMetadata, tls?: Readonly<Partial<Record<TlsFile, Uint8Array>>>): void {
    checkName(metadata.Name);
    const id = idOf(metadata.Name);
    writeAside(join(this.#folder, 'meta', id, 'meta.json'), JSON.stringify(metadata));
    if (!tls) return;
    rmSync(join(this.#folder, 'tls', id), { recursive: true, force: true });
    for (const [name, data] of Object.entries(tls)) if (data) writeAside(join(this.#folder, 'tls', id, 'docker', name), data);
  }

  /** @throws CaissonError `not-found` */
  remove(name: string): void {
    this.get(name);
    for (const part of ['meta', 'tls']) rmSync(join(this.#folder, part, idOf(name)), { recursive: true, force: true });
  }

  /** The certificates and key; undefined where it has none. */
  tls(context: DockerContext): TlsMaterial | undefined {
    const files = this.tlsFiles(context);
    if (Object.keys(files).length === 0 && !context.skipTlsVerify) return undefined;
    return {
      ...(files['ca.pem'] ? { ca: files['ca.pem'] } : {}),
      ...(files['cert.pem'] ? { cert: files['cert.pem'] } : {}),
      ...(files['key.pem'] ? { key: files['key.pem'] } : {}),
      ...(context.skipTlsVerify ? { skipVerify: true } : {}),
    };
  }

  tlsFiles({ tlsPath }: DockerContext): Partial<Record<TlsFile, Uint8Array>> {
    return Object.fromEntries(
      tlsFiles.flatMap((name) => {
        const path = join(tlsPath, 'docker', name);
        return existsSync(path) ? [[name, readFileSync(path)]] : [];
      }),
    );
  }

  #read(id: string): DockerContext {
    const metadataPath = join(this.#folder, 'meta', id);
    let metadata: ContextMetadata;
    try {
      metadata = parseMetadata(readFileSync(join(metadataPath, 'meta.json'), 'utf8'));
    } catch (error) {
      throw error instanceof CaissonError ? error : fromSystemError(error, `reading ${metadataPath}`);
    }
    const endpoint = metadata.Endpoints.docker ?? {};
    return {
      name: metadata.Name,
      description: typeof metadata.Metadata.Description === 'string' ? metadata.Metadata.Description : '',
      host: endpoint.Host ?? '',
      skipTlsVerify: endpoint.SkipTLSVerify ?? false,
      metadata,
      metadataPath,
      tlsPath: join(this.#folder, 'tls', id),
    };
  }
}

/** @throws CaissonError `invalid-content` */
export function parseMetadata(text: string): ContextMetadata {
  const bad = (cause?: unknown) => new CaissonError('invalid-content', "the context's metadata are not what docker writes", { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(error);
  }
  const record = (one: unknown): one is Record<string, unknown> => typeof one === 'object' && one !== null && !Array.isArray(one);
  if (!record(value) || typeof value.Name !== 'string') throw bad();
  const endpoints = record(value.Endpoints) ? value.Endpoints : {};
  if (!Object.values(endpoints).every(record)) throw bad();
  return { Name: value.Name, Metadata: record(value.Metadata) ? value.Metadata : {}, Endpoints: endpoints as ContextMetadata['Endpoints'] };
}

/** docker's rule. @throws CaissonError `invalid-argument` */
export function checkName(name: string): void {
  if (name === 'default') throw new CaissonError('invalid-argument', '"default" is the name of what is used without a context');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/.test(name)) throw new CaissonError('invalid-argument', `${JSON.stringify(name.slice(0, 100))} cannot be the name of a context`, { hint: 'names have two or more letters, digits, and _ . + - behind the first' });
}

function idOf(name: string): string {
  return sha256(name).slice('sha256:'.length);
}
