import { registrySink, registrySource, RegistryClient } from '@caisson/registry-client';
import type { RegistryAccess } from '@caisson/core';

export function openRegistry(): RegistryAccess {
  const client = new RegistryClient();
  return { source: (reference) => registrySource(client, reference), sink: (reference) => registrySink(client, reference) };
}
