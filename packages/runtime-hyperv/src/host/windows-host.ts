import { release } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import { firstBuild, formatVersion, parseVersion, type WindowsVersion } from './compatibility.js';
import { isServer } from './product-type.js';

/** What decides on how containers can run here. */
export interface WindowsHost {
  readonly version: WindowsVersion;
  /** Windows Server rather than a client edition. */
  readonly server: boolean;
  /** The hypervisor’s services are there. */
  readonly hyperv: boolean;
}

/** @throws CaissonError `unsupported` on hosts that are too old, or not Windows at all */
export function windowsHost(): WindowsHost {
  if (process.platform !== 'win32') throw new CaissonError('unsupported', `the Windows backend runs on Windows, not on ${process.platform}`);
  const version = parseVersion(release());
  if (!version) throw new CaissonError('unsupported', `the version of Windows cannot be told from ${JSON.stringify(release())}`);
  if (version.build < firstBuild)
    throw new CaissonError('unsupported', `Windows build ${version.build} (${formatVersion(version)}) is too old: ${firstBuild} is needed`, { hint: 'that is Windows 10 1809 or Windows Server 2019' });
  return { version, server: isServer(), hyperv: existsSync(join(process.env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32', 'vmms.exe')) };
}
