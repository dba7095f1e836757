import type { NetworkSpec } from '../../runtime/network-driver.js';

export interface NetworkOptions {
  readonly name: string;
  readonly subnet?: string;
  readonly gateway?: string;
  readonly internal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface NetworkRecord extends NetworkSpec {
  readonly created: Date;
  readonly driver: 'bridge' | 'host' | 'null';
  readonly labels: Readonly<Record<string, string>>;
}
