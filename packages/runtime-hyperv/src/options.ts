import type { SystemTimeouts } from './hcs/compute-system.js';
import type { WindowsHost } from './host/windows-host.js';
import type { LibraryPaths } from './win32/library-paths.js';

/** Whatever is absent is found on the host. */
export interface HypervOptions {
  /** Folder for what lasts as long as containers run; default `%ProgramData%\caisson\run`. */
  readonly runRoot?: string;
  /** Folder of credential specs; default `%ProgramData%\caisson\CredentialSpecs`. */
  readonly credentialFolder?: string;
  /** The command of the helper, without its arguments: a program that calls `helper` with them. */
  readonly helper?: readonly string[];
  readonly libraries?: Partial<LibraryPaths>;
  readonly host?: WindowsHost;
  readonly timeouts?: SystemTimeouts;
  /** Bytes that a container's drive holds; default: what the service gives it (20 GB). */
  readonly scratchSize?: number;
}
