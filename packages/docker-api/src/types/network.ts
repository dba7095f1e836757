export interface EndpointIPAMConfig {
  readonly IPv4Address?: string;
  readonly IPv6Address?: string;
  readonly LinkLocalIPs?: readonly string[] | null;
}

/** A container's place in a network. */
export interface EndpointSettings {
  readonly IPAMConfig?: EndpointIPAMConfig | null;
  readonly Links?: readonly string[] | null;
  readonly Aliases?: readonly string[] | null;
  readonly MacAddress?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly GwPriority?: number;
  readonly NetworkID?: string;
  readonly EndpointID?: string;
  readonly Gateway?: string;
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly IPv6Gateway?: string;
  readonly GlobalIPv6Address?: string;
  readonly GlobalIPv6PrefixLen?: number;
  readonly DNSNames?: readonly string[] | null;
}

export interface NetworkingConfig {
  readonly EndpointsConfig?: Readonly<Record<string, EndpointSettings | null>> | null;
}

export interface IPAMConfig {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>> | null;
}

export interface IPAM {
  readonly Driver?: string;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Config?: readonly IPAMConfig[] | null;
}

/** `POST /networks/create` */
export interface NetworkCreateRequest {
  readonly Name: string;
  readonly CheckDuplicate?: boolean;
  readonly Driver?: string;
  readonly Scope?: string;
  readonly EnableIPv4?: boolean | null;
  readonly EnableIPv6?: boolean | null;
  readonly IPAM?: IPAM | null;
  readonly Internal?: boolean;
  readonly Attachable?: boolean;
  readonly Ingress?: boolean;
  readonly ConfigOnly?: boolean;
  readonly ConfigFrom?: { readonly Network?: string } | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export interface NetworkCreateResponse {
  readonly Id: string;
  readonly Warning: string;
}

export interface NetworkContainer {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  /** With the prefix length. */
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}

/** One of `GET /networks`, and `GET /networks/{id}`. */
export interface NetworkInspect {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: IPAM;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  /** By ID. Absent in lists. */
  readonly Containers?: Readonly<Record<string, NetworkContainer>>;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
}

/** `POST /networks/{id}/connect` */
export interface NetworkConnectRequest {
  readonly Container: string;
  readonly EndpointConfig?: EndpointSettings | null;
}

/** `POST /networks/{id}/disconnect` */
export interface NetworkDisconnectRequest {
  readonly Container: string;
  readonly Force?: boolean;
}

export interface NetworksPruneResponse {
  readonly NetworksDeleted: readonly string[] | null;
}
