import { familiarReference, isCaissonError, parseReference } from '@caisson/core';
import { encodeDescriptor } from '../../encode/image.js';
import { ApiError } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { authConfig, credentialsOf, registryAuth, registryHost } from '../requests/auth.js';

async function inspect(call: Call): Promise<Reply> {
  const name = call.param('name');
  const credentials = registryAuth(call);
  try {
    const { descriptor, platforms } = await call.engine.registries.inspect(name, { signal: call.signal, ...(credentials ? { credentials } : {}) });
    return ok({ Descriptor: encodeDescriptor(descriptor), Platforms: platforms });
  } catch (error) {
    if (isCaissonError(error, 'not-found')) throw new ApiError(404, `manifest unknown: ${familiarReference(parseReference(name))}: ${error.message}`, { cause: error });
    if (isCaissonError(error, 'denied')) throw new ApiError(401, `errors:\ndenied: ${error.message}`, { cause: error });
    throw error;
  }
}

async function login(call: Call): Promise<Reply> {
  const config = await call.json(authConfig);
  const credentials = credentialsOf(config);
  if (!credentials) throw new ApiError(400, 'user name and password must not be empty');
  const host = registryHost(config.serveraddress ?? '');
  try {
    const { identityToken } = await call.engine.registries.login(host, credentials, { signal: call.signal });
    return ok({ Status: 'Login Succeeded', IdentityToken: identityToken ?? '' });
  } catch (error) {
    if (isCaissonError(error, 'unauthorized', 'denied')) throw new ApiError(401, `Get "https://${host}/v2/": unauthorized: ${error.message}`, { cause: error });
    throw error;
  }
}

export const distributionRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/distribution/{name*}/json', handler: inspect },
  { method: 'POST', path: '/auth', handler: login },
];

