import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { CaissonError, fromSystemError } from '@caisson/core';
import { isLoopback, type ListenAddress } from './hosts.js';
import type { DaemonConfig } from './settings.js';

/** Certificates for tcp; undefined where there is to be no TLS. With `tlsverify`, clients must show one of the authority's. @throws CaissonError */
export function tlsOptions(config: DaemonConfig): TlsOptions | undefined {
  if (!config.tls && !config.tlsverify) return undefined;
  const folder = process.env.DOCKER_CERT_PATH || join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'));
  const cert = read(config.tlscert ?? join(folder, 'cert.pem'), '--tlscert');
  const key = read(config.tlskey ?? join(folder, 'key.pem'), '--tlskey');
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(config.tlsverify ? { ca: read(config.tlscacert ?? join(folder, 'ca.pem'), '--tlscacert'), requestCert: true, rejectUnauthorized: true } : {}),
  };
}

function read(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fromSystemError(error, `reading ${path} (${flag})`);
  }
}

/**
 * Whoever reaches the API is root on this host: tcp without certificates of clients is refused, but where the risk was named.
 * @throws CaissonError `denied`
 */
export function checkExposure(addresses: readonly ListenAddress[], config: DaemonConfig, accepted: boolean): void {
  const open = addresses.find((address) => address.kind === 'tcp');
  if (open?.kind !== 'tcp' || config.tlsverify || accepted) return;
  const reach = isLoopback(open.host) ? 'every user and program of this machine' : 'whoever can reach this machine';
  throw new CaissonError('denied', `tcp without --tlsverify would let ${reach} become root here`, { hint: 'use --tlsverify with certificates, or accept it with --allow-anyone-to-be-root' });
}
