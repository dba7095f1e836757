/**
 * Connects containers to networks. The engine owns the data (names, subnets, who has which address); a driver only makes the host
 * match it, and undoes it. Every call is safe to repeat.
 */
export interface NetworkDriver {
  readonly name: string;
  /** Whether it answers for the names of endpoints; where it does not, `names` has no effect. */
  readonly resolvesNames: boolean;
  /** A namespace for a container, with loopback up; returns its path. */
  createNamespace(id: string): Promise<string>;
  removeNamespace(id: string): Promise<void>;
  /** Joins the namespace to the network, making the network's bridge first where it is missing; publishes the ports and the names. */
  connect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  disconnect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  /** Makes the names of an endpoint that is connected known, in place of those it had. */
  announce(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  /** Takes the ports of an endpoint back, which stays connected. */
  withdraw(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  /** Makes an endpoint that is connected the container's way out: its default route, and where its ports are published. */
  promote(network: NetworkSpec, endpoint: EndpointSpec): Promise<void>;
  /** Whether a port of the host can be had now. Absent: whoever asks listens there for a moment to find out. @throws CaissonError `in-use`, `denied`, `invalid-argument` */
  checkPort?(port: PublishedPort): void;
  /** Takes the bridge and its rules away. */
  remove(network: NetworkSpec): Promise<void>;
  /** Subnets that the host has links and routes for, which new networks must not take. */
  usedSubnets(): Promise<readonly string[]>;
  /** Whether the host has the network's bridge, and nobody else's subnet is in its way therefore. Absent: with the driver, none ever is. */
  holds?(network: NetworkSpec): boolean;
  /**
   * Makes the bridge of the network that `choose` returns, whose subnet is taken by that. Meanwhile nobody else on the host chooses, whichever
   * data root is theirs.
   */
  claim?(choose: (host: HostSubnets) => NetworkSpec | undefined): Promise<void>;
}

export interface HostSubnets {
  /** Of links and routes. */
  readonly taken: readonly string[];
  /** Of rules, and routes to single hosts: better left alone as long as there are others. */
  readonly mentioned: readonly string[];
}

export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  /** `bridge` where it is absent. */
  readonly driver?: string;
  /** Interface name on the host, at most 15 characters: the bridge, or what macvlan and ipvlan share. */
  readonly bridge: string;
  /** CIDR, such as 10.88.0.0/16. */
  readonly subnet: string;
  readonly gateway: string;
  readonly subnet6?: string;
  readonly gateway6?: string;
  /** No route out. */
  readonly internal: boolean;
  readonly mtu?: number;
  /** Containers go out under their own addresses. */
  readonly routed?: boolean;
  /** Its containers reach each other by published ports only. */
  readonly isolated?: boolean;
  /** Of macvlan (`bridge`, `private`, `vepa`, `passthru`) and ipvlan (`l2`, `l3`, `l3s`). */
  readonly mode?: string;
  /** Of ipvlan: `private` or `vepa`; absent: `bridge`. */
  readonly flag?: string;
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
  /** What the other containers of this network call it; absent where they do not. */
  readonly names?: readonly string[];
  /** Who answers this container's questions about all other names; absent: the host's own name servers. */
  readonly dnsServers?: readonly string[];
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Empty or 0.0.0.0: every IPv4 address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}
