import type { Digest } from '../../model/digest.js';
import type { ProcessSpec } from '../../runtime/index.js';
import type { ContainerOptions } from './options.js';
import type { ContainerState, ContainerStatus, ResolvedMount } from './record.js';

/** What a host tells of each of many containers at once. All of it means what it means in a ContainerRecord, which has the rest. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly created: Date;
  readonly image: { readonly name: string; readonly id: Digest };
  readonly status: ContainerStatus;
  /** «Up 2 minutes (healthy)»: of a remote host, in its own words. */
  readonly statusText?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Pick<ContainerOptions, 'network' | 'annotations'>;
  /** A remote host may give the whole command as the first argument. */
  readonly process: Pick<ProcessSpec, 'args'>;
  readonly exposed: readonly string[];
  readonly mounts: readonly ResolvedMount[];
  readonly state: Pick<ContainerState, 'startedAt' | 'finishedAt' | 'exitCode' | 'ports' | 'networks' | 'health'>;
  /** Where it was asked for. */
  readonly size?: { readonly written: number; readonly total: number };
}
