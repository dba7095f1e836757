/** OCI platform; structurally the one of @caisson/core. */
export interface PlatformLike {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

function formatPlatform({ os, architecture, variant }: PlatformLike): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** The ARGs that exist without being declared above the first FROM; stages see them after a bare `ARG NAME`. */
export function platformArgs(build: PlatformLike, target: PlatformLike, targetStage: string): Map<string, string> {
  return new Map([
    ['BUILDPLATFORM', formatPlatform(build)],
    ['BUILDOS', build.os],
    ['BUILDARCH', build.architecture],
    ['BUILDVARIANT', build.variant ?? ''],
    ['TARGETPLATFORM', formatPlatform(target)],
    ['TARGETOS', target.os],
    ['TARGETARCH', target.architecture],
    ['TARGETVARIANT', target.variant ?? ''],
    ['TARGETSTAGE', targetStage],
  ]);
}

/** Proxy variables: build arguments of these names reach RUN undeclared, and are kept out of history and cache keys. */
export const proxyArgs: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

export const platformArgNames: readonly string[] = [...platformArgs({ os: '', architecture: '' }, { os: '', architecture: '' }, '').keys()];
