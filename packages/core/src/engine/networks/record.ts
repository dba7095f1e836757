import type { NetworkSpec } from '../../runtime/network-driver.js';

/** What a network is to be; what is left out is chosen. */
export interface NetworkOptions {
  readonly name: string;
  /** Default `bridge`. */
  readonly driver?: 'bridge' | 'macvlan' | 'ipvlan';
  /** IPv4, such as 10.89.0.0/24. */
  readonly subnet?: string;
  readonly gateway?: string;
  /** A part of the subnet that containers get their addresses from. */
  readonly ipRange?: string;
  /** IPv6 as well, from a subnet of its own choosing where none is given. */
  readonly ipv6?: boolean;
  readonly subnet6?: string;
  readonly gateway6?: string;
  readonly ipRange6?: string;
  /** Addresses of either kind that no container gets, by the name of what has them. */
  readonly auxAddresses?: Readonly<Record<string, string>>;
  readonly internal?: boolean;
  /** Kept and shown; every network here can be attached to. */
  readonly attachable?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * docker's `com.docker.network.driver.mtu`, and of `com.docker.network.bridge`: `name`, `enable_icc`, `enable_ip_masquerade`, `host_binding_ipv4`;
   * `parent` and `macvlan_mode`, or `ipvlan_mode` and `ipvlan_flag`.
   */
  readonly options?: Readonly<Record<string, string>>;
}

export interface NetworkRecord extends NetworkSpec {
  readonly created: Date;
  readonly driver: 'bridge' | 'host' | 'null' | 'macvlan' | 'ipvlan';
  readonly labels: Readonly<Record<string, string>>;
  readonly ipRange?: string;
  readonly ipRange6?: string;
  readonly auxAddresses?: Readonly<Record<string, string>>;
  readonly attachable?: boolean;
  /** Its IPv4 subnet was chosen by us: another may take its place while nothing is on it. */
  readonly chosen?: boolean;
  /** Ports are published at this address where nothing else is said; absent: at all. */
  readonly hostBinding?: string;
  /** As they were given. */
  readonly options?: Readonly<Record<string, string>>;
  /** Containers find each other by name: on every network but the default bridge. */
  readonly names?: boolean;
}
