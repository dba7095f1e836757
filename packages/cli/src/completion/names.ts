import { familiarReference, parseReference } from '@caisson/core';
import { ContextStore, dockerConfigFolder } from '@caisson/docker-api/client';
import type { Cli } from '../cli.js';

export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

export type NameKind = 'container' | 'image' | 'network' | 'volume' | 'context';

/** Names of what there is on the chosen host. */
export async function namesOf(cli: Cli, kind: NameKind): Promise<Candidate[]> {
  switch (kind) {
    case 'container':
      return (await cli.engine.containers.list({ all: true })).map(({ name, image, status }) => ({ value: name, description: `${image.name}, ${status}` }));
    case 'image':
      return (await cli.engine.images.list()).flatMap(({ names }) => names.map((name) => ({ value: familiarReference(parseReference(name)) })));
    case 'network':
      return (await cli.engine.networks.list()).map(({ name, driver }) => ({ value: name, description: driver }));
    case 'volume':
      return (await cli.engine.volumes.list()).map(({ name }) => ({ value: name }));
    case 'context':
      return ['default', ...new ContextStore(dockerConfigFolder(cli.globals.config)).list().map(({ name }) => name)].map((value) => ({ value }));
  }
}
