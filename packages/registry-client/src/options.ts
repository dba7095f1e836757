import type { CredentialProvider } from './auth/credentials.js';
import { defaultCertsDirs } from './hosts/certs.js';
import { defaultHosts } from './hosts/host-files.js';

/** How one registry host is reached. Everything is optional: without it, a host is HTTPS with the system's certificate authorities. */
export interface HostConfig {
  /**
   * Asked before the host itself when pulling, in this order: `mirror.example`, `mirror.example/prefix` or a URL. Docker's mirrors are
   * of docker.io alone; here any host may have some.
   */
  readonly mirrors?: readonly (string | Mirror)[];
  /** Where it really is, when pulling: asked in its stead. `elsewhere.example`, or with a path. */
  readonly location?: string;
  /** HTTP without TLS, and nothing else. */
  readonly plainHttp?: boolean;
  /** Nothing is to be had from it, nor sent to it. */
  readonly blocked?: boolean;
  /** TLS without checking the certificate; plain HTTP where the host does not speak TLS. */
  readonly insecure?: boolean;
  /** PEM: certificate authorities trusted for this host, beside the usual ones. */
  readonly ca?: string | readonly string[];
  /** PEM: the client's certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

/** A mirror that does not serve everything. */
export interface Mirror {
  readonly location: string;
  /** What it is asked for: only what is named by a digest, or only what is named by a tag. Default: both. */
  readonly only?: 'digests' | 'tags';
}

/** Bounds on what a registry may cost. */
export interface FetchLimits {
  /** How often one request or transfer is tried again after a temporary fault without any progress in between. Default 5. */
  readonly retries?: number;
  /** The first wait before trying again, in milliseconds; it doubles, with jitter. Default 250. */
  readonly retryDelay?: number;
  /** The longest wait before trying again, and the longest `Retry-After` that is waited for, in milliseconds. Default 30,000. */
  readonly maxRetryDelay?: number;
  /** Milliseconds without any byte after which a connection is given up. Default 60,000. The length of a transfer has no limit. */
  readonly silence?: number;
  /** Milliseconds to establish a connection. Default 20,000. */
  readonly connect?: number;
}

export interface RegistryClientOptions {
  /** Where credentials come from. Default: docker's and containers' own configuration files (`CredentialStore`). */
  readonly credentials?: CredentialProvider;
  /**
   * Per registry host (`ghcr.io`, `localhost:5000`, `docker.io`), per domain (`*.example.com`) or network (`10.0.0.0/8`). For a part of a registry
   * (`ghcr.io/acme`, `ghcr.io/acme/app`) only `mirrors`, `location` and `blocked` are heeded, and its path is replaced by theirs. Default: as docker's
   * daemon.json and containers' registries.conf say (`defaultHosts`).
   */
  readonly hosts?: Readonly<Record<string, HostConfig>>;
  /** Folders with one folder a host, in the form of docker's `certs.d`. Default: those of docker and of containers. */
  readonly certsDirs?: readonly string[];
  readonly userAgent?: string;
  readonly limits?: FetchLimits;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends everything that the client does. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

const defaultLimits: Required<FetchLimits> = {
  retries: 5,
  retryDelay: 250,
  maxRetryDelay: 30_000,
  silence: 60_000,
  connect: 20_000,
};

/** What a client does where nothing was said. */
export function withDefaults(options: Omit<RegistryClientOptions, 'credentials'>) {
  const env = options.env ?? process.env;
  return {
    env,
    hosts: options.hosts ?? defaultHosts(env),
    certsDirs: options.certsDirs ?? defaultCertsDirs(env),
    userAgent: options.userAgent ?? 'caisson-registry-client',
    limits: { ...defaultLimits, ...options.limits },
    signal: options.signal,
  };
}
