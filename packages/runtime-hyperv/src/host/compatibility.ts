import { CaissonError } from '@caisson/core';
import type { Isolation } from './isolation.js';

export interface WindowsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

/** From here on (Server 2022) containers of later and earlier builds run side by side, within limits. */
const firstRange = 20348;
/** Windows 10 1809 and Server 2019: before it the service lacks what is used here. */
export const firstBuild = 17763;

/** `10.0.20348.2227`, as an image's `os.version` has it; undefined for anything else. */
export function parseVersion(text: string | undefined): WindowsVersion | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (!match) return undefined;
  const [major = 0, minor = 0, build = 0, revision = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return { major, minor, build, revision };
}

export function formatVersion({ major, minor, build, revision }: WindowsVersion): string {
  return `${major}.${minor}.${build}${revision > 0 ? `.${revision}` : ''}`;
}

/**
 * Whether an image's programs can run on a host. With process isolation they share its kernel: below build 20348 only the very build will
 * do, from there on any image from 20348 up to the host's own. A utility VM brings its own kernel, which may be older but not newer than
 * the host's.
 *
 * @returns undefined, or why not: a sentence with both builds.
 */
export function incompatibility(image: string | undefined, host: WindowsVersion, isolation: Isolation): string | undefined {
  const version = parseVersion(image);
  if (!version) return undefined; // the image does not say
  const both = `it is for Windows build ${version.build} (${image}), and this host is build ${host.build} (${formatVersion(host)})`;
  if (version.build > host.build) return `the image is newer than the host: ${both}`;
  if (isolation === 'hyperv' || version.build === host.build) return undefined;
  if (host.build >= firstRange && version.build >= firstRange) return undefined;
  return `with process isolation the image must match the host: ${both}`;
}

/** @throws CaissonError `unsupported` */
export function checkCompatible(image: string | undefined, host: WindowsVersion, isolation: Isolation, name: string): void {
  const why = incompatibility(image, host, isolation);
  if (why === undefined) return;
  const withHyperv = isolation === 'process' && incompatibility(image, host, 'hyperv') === undefined;
  throw new CaissonError('unsupported', `${name} cannot run here: ${why}`, {
    hint: withHyperv ? 'run it with --isolation hyperv' : 'choose an image for this host’s build or an earlier one',
    details: { imageBuild: parseVersion(image)?.build, hostBuild: host.build },
  });
}

/** Of an index's entries for Windows, those that can run here, best first: the host's own build, then the latest before it. */
export function rankVersions<T>(candidates: readonly T[], versionOf: (candidate: T) => string | undefined, host: WindowsVersion, isolation: Isolation): T[] {
  const build = (candidate: T) => parseVersion(versionOf(candidate))?.build ?? -1;
  const revision = (candidate: T) => parseVersion(versionOf(candidate))?.revision ?? -1;
  return candidates.filter((candidate) => incompatibility(versionOf(candidate), host, isolation) === undefined).sort((a, b) => build(b) - build(a) || revision(b) - revision(a));
}
