import { readFileSync } from 'node:fs';
import { CaissonError, fromSystemError } from '@caisson/core';
import { parseEndpoint, type ContextMetadata, type ContextStore, type TlsFile } from '@caisson/docker-api/client';

export interface ContextEndpoint {
  readonly endpoint: ContextMetadata['Endpoints'][string];
  readonly tls: Partial<Record<TlsFile, Uint8Array>>;
}

const keys: Readonly<Record<string, TlsFile>> = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' };

/** `--docker host=…,ca=…,cert=…,key=…,skip-tls-verify=…`, or `from=CONTEXT`. @throws CaissonError `invalid-argument`, `not-found` */
export function parseDockerEndpoint(entries: readonly string[], store: ContextStore): ContextEndpoint {
  const fields = new Map(entries.flatMap((entry) => entry.split(',')).filter(Boolean).map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)] as const));
  for (const name of fields.keys()) if (!['from', 'host', 'ca', 'cert', 'key', 'skip-tls-verify'].includes(name)) throw new CaissonError('invalid-argument', `--docker: ${JSON.stringify(name)} is not known`, { hint: 'write host=HOST, with ca=, cert=, key= and skip-tls-verify=, or from=CONTEXT' });
  const from = fields.get('from');
  if (from !== undefined) return copyOf(from, store);
  const host = fields.get('host');
  if (host === undefined || host === '') throw new CaissonError('invalid-argument', '--docker names no host', { hint: 'write --docker host=ssh://user@host' });
  const tls: Partial<Record<TlsFile, Uint8Array>> = {};
  for (const [name, file] of Object.entries(keys)) {
    const path = fields.get(name);
    if (path === undefined) continue;
    try {
      tls[file] = readFileSync(path);
    } catch (error) {
      throw fromSystemError(error, `reading ${path}`);
    }
  }
  parseEndpoint(host); // what is no host is refused now
  return { endpoint: { Host: host, SkipTLSVerify: /^(?:true|1)$/i.test(fields.get('skip-tls-verify') ?? 'false') }, tls };
}

/** @throws CaissonError `not-found` */
export function copyOf(name: string, store: ContextStore): ContextEndpoint {
  if (name === 'default') throw new CaissonError('invalid-argument', "the default context is this host's own engine: it cannot be copied", { hint: 'name a host: --docker host=unix:///run/caisson/docker.sock' });
  const context = store.get(name);
  return { endpoint: context.metadata.Endpoints.docker ?? {}, tls: store.tlsFiles(context) };
}
