import type { CredentialSources } from '../document/credential-spec.js';
import type { HypervOptions } from '../options.js';
import { loadLibrary } from '../win32/koffi.js';
import { libraryPaths } from '../win32/library-paths.js';
import { credentialFolder } from './places.js';
import { readRegistry } from './product-type.js';

const registryKey = String.raw`SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization\Containers\CredentialSpecs`;

/** Where credential specs are on this host. */
export function credentialSources(options: Pick<HypervOptions, 'credentialFolder' | 'libraries'>): CredentialSources {
  return {
    folder: options.credentialFolder ?? credentialFolder(),
    registry: async (name) => readRegistry(loadLibrary(libraryPaths(options.libraries).advapi32), registryKey, name),
  };
}
