/**
 * Connects containers to networks. The engine owns the data (names, subnets, who has which address); a driver only makes the host
 * match it, and undoes it. Every call is safe to repeat.
 */
export interface NetworkDriver {
  readonly name: string;
  /** A namespace for a container, with loopback up; returns its path. */
  createNamespace(id: string): Promise<string>;
  removeNamespace(id: string): Promise<void>;
  /** Joins the namespace to the network, making the network's bridge first where it is missing; publishes the ports. */
  connect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  disconnect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  /** Takes the bridge and its rules away. */
  remove(network: NetworkSpec): Promise<void>;
  /** Subnets that the host has routes for, which new networks must not take. */
  usedSubnets(): Promise<readonly string[]>;
}

export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  /** Interface name on the host, at most 15 characters. */
  readonly bridge: string;
  /** CIDR, such as 10.88.0.0/16. */
  readonly subnet: string;
  readonly gateway: string;
  readonly subnet6?: string;
  readonly gateway6?: string;
  /** No route out. */
  readonly internal: boolean;
  readonly mtu?: number;
}

export interface EndpointSpec {
  readonly containerId: string;
  readonly namespace: string;
  /** Name inside the container: eth0, eth1, … */
  readonly interfaceName: string;
  readonly address: string;
  readonly address6?: string;
  readonly macAddress: string;
  readonly ports: readonly PublishedPort[];
  /** Default route through this network. */
  readonly defaultRoute: boolean;
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Empty or 0.0.0.0: every IPv4 address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}
