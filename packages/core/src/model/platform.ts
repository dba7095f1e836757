import { release } from 'node:os';
import { arch, platform as hostOs } from 'node:process';
import { CaissonError } from '../errors.js';

/** OCI image spec, image-index.md, «platform». Values are Go's GOOS and GOARCH. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

const architectures: Readonly<Record<string, readonly [string, string?]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  x64: ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  ia32: ['386'],
  i386: ['386'],
  i686: ['386'],
  ppc64el: ['ppc64le'],
};

/** Folds the names in common use into the specified ones, as containerd's `platforms.Normalize` does. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const given = platform.architecture.toLowerCase();
  const known = architectures[given];
  const architecture = known?.[0] ?? given;
  let variant = (platform.variant ?? known?.[1])?.toLowerCase();
  if (architecture === 'arm64' && (variant === '8' || variant === 'v8')) variant = undefined;
  if (architecture === 'arm' && variant === undefined) variant = 'v7';
  if (architecture === 'amd64' && variant === 'v1') variant = undefined;
  if (variant !== undefined && /^[0-9]$/.test(variant)) variant = `v${variant}`;
  return {
    os,
    architecture,
    ...(variant ? { variant } : {}),
    ...(platform['os.version'] === undefined ? {} : { 'os.version': platform['os.version'] }),
    ...(platform['os.features'] === undefined ? {} : { 'os.features': platform['os.features'] }),
  };
}

/**
 * `os[/arch[/variant]]` or a bare architecture, as `--platform` takes it.
 * @throws CaissonError `invalid-argument`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  if (text === '' || parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9_.-]+$/.test(part)))
    throw new CaissonError('invalid-argument', `invalid platform ${JSON.stringify(text.slice(0, 100))}`, {
      hint: 'write os/architecture, such as linux/amd64 or linux/arm/v7',
    });
  const [first = '', second, variant] = parts;
  if (second === undefined) {
    const oses = ['linux', 'windows', 'darwin', 'macos', 'freebsd'];
    if (!oses.includes(first.toLowerCase()) && !isArchitecture(first)) throw new CaissonError('invalid-argument', `unknown operating system or architecture ${JSON.stringify(first.slice(0, 100))}`, { hint: 'write os/architecture, such as linux/amd64 or linux/arm/v7' });
    return normalizePlatform(
      oses.includes(first.toLowerCase()) ? { os: first, architecture: hostPlatform().architecture } : { os: 'linux', architecture: first },
    );
  }
  return normalizePlatform({ os: first, architecture: second, ...(variant === undefined ? {} : { variant }) });
}

/** One that stands alone must be known, or a mistake in it would be an architecture that no image is for. */
function isArchitecture(text: string): boolean {
  return /^(?:amd64|x86[-_]64|arm64|aarch64|arm(?:hf|el)?|386|i[3-6]86|loong64|mips(?:64)?(?:le)?|ppc64(?:le)?|riscv64|s390x|wasm)$/i.test(text);
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** What containers on this machine run as; macOS runs Linux containers, so it says linux. */
export function hostPlatform(): Platform {
  return normalizePlatform(hostOs === 'win32' ? { os: 'windows', architecture: arch, 'os.version': release() } : { os: 'linux', architecture: arch });
}

const armLevel = (variant: string | undefined) => Number(variant?.replace(/^v/, '') ?? 8);

/** The third number of a version of Windows: `10.0.20348.2227`. */
function windowsBuild(version: string): number {
  return Number(version.split('.')[2] ?? 0);
}

/** A host runs images of its own build best, then of the latest before; never those that are newer than itself. */
function windowsFit(host: number, image: number): number {
  return image > host ? 0 : image === host ? 100 : 1 + image / 1_000_000;
}

/** For messages: as `formatPlatform`, with the version of Windows where there is one. */
export function describePlatform(platform: Platform): string {
  const version = platform.os === 'windows' ? platform['os.version'] : undefined;
  return version ? `${formatPlatform(platform)} ${version}` : formatPlatform(platform);
}

/**
 * How well an image for `have` serves a wish for `want`: 0 not at all, higher is better. An ARM host runs lower variants, 64-bit ones
 * are never taken for 32-bit wishes.
 */
export function platformFit(want: Platform, have: Platform): number {
  const w = normalizePlatform(want);
  const h = normalizePlatform(have);
  if (w.os !== h.os || w.architecture !== h.architecture) return 0;
  if (w.os === 'windows' && w['os.version'] && h['os.version']) return windowsFit(windowsBuild(w['os.version']), windowsBuild(h['os.version']));
  if (w.variant === h.variant) return 100;
  if (w.architecture === 'arm') {
    const level = armLevel(h.variant);
    return level < armLevel(w.variant) ? 50 + level : 0;
  }
  return h.variant === undefined ? 50 : w.variant === undefined ? 0 : 1;
}
