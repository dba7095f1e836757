import type { PublishedPort } from '@caisson/core';

/**
 * The network namespace that bridges and rules are made in: the host's own, or for an ordinary user one that a program of the user's
 * connects with the host.
 */
export interface HostNetwork {
  /** A namespace to enter, which is made where it is missing; undefined for the one that this process is in. */
  enter(): Promise<string | undefined>;
  /** As `enter`, where there is one already. */
  current(): string | undefined;
  /** Somebody has need of it, by a name; until `leave`. */
  use(name: string): Promise<void>;
  leave(name: string): Promise<void>;
  /** Lets traffic to ports of the host in, to the same ports of the namespace. @throws CaissonError `in-use` */
  open(ports: readonly PublishedPort[]): Promise<void>;
  close(ports: readonly PublishedPort[]): Promise<void>;
  /** Subnets that it uses itself. */
  readonly subnets: readonly string[];
  /** Held by whoever chooses a subnet of it, where several data roots share it. */
  readonly lockPath?: string;
}

/** Root's. */
export const ownNetwork: HostNetwork = {
  enter: () => Promise.resolve(undefined),
  current: () => undefined,
  use: () => Promise.resolve(),
  leave: () => Promise.resolve(),
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
  subnets: [],
  lockPath: '/run/caisson/locks/subnets-of-host',
};
