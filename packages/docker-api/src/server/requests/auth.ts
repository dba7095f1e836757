import type { RegistryCredentials } from '@caisson/core';
import { badRequest } from '../http/api-error.js';
import { map, nullable, object, text } from '../http/check.js';
import type { Call } from '../http/call.js';

export const authConfig = object({ username: text, password: text, email: text, serveraddress: text, identitytoken: text, registrytoken: text, auth: text });
export type AuthConfigRequest = ReturnType<typeof authConfig>;

/** `X-Registry-Auth`: credentials for the one registry that the call is about. @throws ApiError 400 */
export function registryAuth(call: Call): RegistryCredentials | undefined {
  const header = call.request.headers['x-registry-auth'];
  const decoded = decodeHeader(header, 'X-Registry-Auth');
  return decoded === undefined ? undefined : credentialsOf(authConfig(decoded, 'X-Registry-Auth'));
}

/** `X-Registry-Config`: credentials for any registries that a build meets, by host. @throws ApiError 400 */
export function registryConfig(call: Call): Record<string, RegistryCredentials> | undefined {
  const decoded = decodeHeader(call.request.headers['x-registry-config'], 'X-Registry-Config');
  if (decoded === undefined) return undefined;
  const found = Object.entries(map(nullable(authConfig))(decoded, 'X-Registry-Config')).flatMap(([host, config]) => {
    const credentials = config ? credentialsOf(config) : undefined;
    return credentials ? [[registryHost(host), credentials] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

export function credentialsOf({ username, password, identitytoken, registrytoken, auth }: AuthConfigRequest): RegistryCredentials | undefined {
  if (registrytoken) return { registryToken: registrytoken };
  if (identitytoken) return { identityToken: identitytoken };
  if (username && password !== undefined) return { username, password };
  if (!auth) return undefined;
  const [, name, secret] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
  return name !== undefined && secret !== undefined ? { username: name, password: secret } : undefined;
}

/** docker calls the Hub `https://index.docker.io/v1/`. */
export function registryHost(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return host === '' || host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

/** base64url of JSON, though some clients use the other alphabet. An empty value, and the `null` of some, stand for nothing. */
function decodeHeader(header: string | string[] | undefined, name: string): unknown {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined || value === '') return undefined;
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(value, 'base64url').toString('utf8'));
  } catch {
    throw badRequest(`invalid ${name} header: not JSON in base64url`);
  }
  return decoded === null ? undefined : decoded;
}
