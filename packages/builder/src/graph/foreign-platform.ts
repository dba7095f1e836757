import { existsSync } from 'node:fs';
import { CaissonError, formatPlatform, platformFit, type Platform } from '@caisson/core';

/** Names of QEMU's interpreters where they differ from Go's names. */
const qemuNames: Readonly<Record<string, string>> = { arm64: 'aarch64', amd64: 'x86_64', '386': 'i386' };

/** @throws CaissonError `unsupported` where a program of that platform can run here neither natively nor through binfmt_misc. */
export function checkRunnable(host: Platform, wanted: Platform): void {
  if (platformFit(host, wanted) > 0) return;
  // A 64-bit x86 runs 32-bit programs.
  if (host.os === wanted.os && host.architecture === 'amd64' && wanted.architecture === '386') return;
  const name = qemuNames[wanted.architecture] ?? wanted.architecture;
  if (wanted.os === 'linux' && existsSync(`/proc/sys/fs/binfmt_misc/qemu-${name}`)) return;
  throw new CaissonError('unsupported', `RUN for ${formatPlatform(wanted)} cannot be carried out on ${formatPlatform(host)}`, {
    hint: wanted.os === 'linux' ? 'install emulation for it (Debian: qemu-user-static and binfmt-support); COPY and the rest need none' : 'build it on a host of that platform',
  });
}
