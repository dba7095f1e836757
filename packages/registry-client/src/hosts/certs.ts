import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';

/** PEM texts of one host's folder: certificate authorities, and at most one client certificate with its key. */
export interface HostCertificates {
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Where docker and containers look, the user's own folders first. */
export function defaultCertsDirs(env: Readonly<Record<string, string | undefined>>): string[] {
  const config = env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config');
  return [join(config, 'containers/certs.d'), join(config, 'docker/certs.d'), '/etc/containers/certs.d', '/etc/docker/certs.d'];
}

/**
 * Reads `<dir>/<host>/`: `*.crt` are certificate authorities, `*.cert` with the `*.key` of the same name is the client's. The first
 * folder that there is counts.
 * @throws CaissonError `denied` for files that may not be read, `invalid-content` for a certificate without its key.
 */
export function readHostCertificates(dirs: readonly string[], host: string): HostCertificates | undefined {
  if (host.includes('/') || host.startsWith('.')) return undefined;
  for (const dir of dirs) {
    const folder = join(dir, host);
    let names: string[];
    try {
      names = readdirSync(folder).sort();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) continue;
      throw fromSystemError(error, `reading the certificates in ${folder}`);
    }
    return readFolder(folder, names);
  }
  return undefined;
}

function readFolder(folder: string, names: readonly string[]): HostCertificates {
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      throw fromSystemError(error, `reading ${join(folder, name)}`);
    }
  };
  const ca = names.filter((name) => name.endsWith('.crt')).map(read);
  const certName = names.find((name) => name.endsWith('.cert'));
  if (certName === undefined) return { ca };
  const keyName = `${certName.slice(0, -'.cert'.length)}.key`;
  if (!names.includes(keyName))
    throw new CaissonError('invalid-content', `${join(folder, certName)} has no key beside it`, { hint: `put the key in ${keyName} in the same folder` });
  return { ca, cert: read(certName), key: read(keyName) };
}
