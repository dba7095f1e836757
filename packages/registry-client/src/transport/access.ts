import { CaissonError } from '@caisson/core';
import type { Transport } from './transport.js';

const transports = new WeakMap<object, Transport>();

/** Lets this package's sources and sinks reach the transport of a client, which is no business of anyone else. */
export function grantTransport(client: object, transport: Transport): void {
  transports.set(client, transport);
}

/** @throws CaissonError `invalid-argument` for a client of another copy of this package. */
export function transportOf(client: object): Transport {
  const transport = transports.get(client);
  if (!transport) throw new CaissonError('invalid-argument', 'this is no RegistryClient of this copy of @caisson/registry-client');
  return transport;
}
