import { readFileSync } from 'node:fs';
import { win32 } from 'node:path';
import { CaissonError, fromSystemError } from '@caisson/core';

export interface CredentialSources {
  /** Folder that `file://` is below: `C:\ProgramData\caisson\CredentialSpecs`. */
  readonly folder: string;
  /** Reads a text value below HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization\Containers\CredentialSpecs. */
  readonly registry: (name: string) => Promise<string | undefined>;
}

const limit = 1 << 20;

/**
 * The text of a credential spec: `file://NAME`, `registry://NAME` or `raw://JSON`, as `--security-opt credentialspec=` takes it.
 * @throws CaissonError `invalid-argument`, `not-found`
 */
export async function credentialSpec(given: string, sources: CredentialSources): Promise<string> {
  const [, scheme, value = ''] = /^(file|registry|raw):\/\/(.*)$/s.exec(given) ?? [];
  if (scheme === undefined || value === '')
    throw new CaissonError('invalid-argument', `invalid credential spec ${JSON.stringify(given.slice(0, 60))}`, { hint: 'write file://NAME, registry://NAME or raw://JSON' });
  if (scheme === 'raw') return checkedJson(value, 'the credential spec');
  if (scheme === 'file') return checkedJson(fromFolder(value, sources.folder), `the credential spec ${value}`);
  if (value.includes('\\') || value.includes('/')) throw new CaissonError('invalid-argument', `the credential spec ${value} is no name of a registry value`);
  const found = await sources.registry(value);
  if (found === undefined) throw new CaissonError('not-found', `the registry has no credential spec ${value}`);
  return checkedJson(found, `the credential spec ${value}`);
}

function fromFolder(name: string, folder: string): string {
  if (win32.isAbsolute(name)) throw new CaissonError('invalid-argument', `the credential spec ${name} must be a path below ${folder}`);
  const path = win32.resolve(folder, name);
  if (!path.toLowerCase().startsWith(`${win32.resolve(folder).toLowerCase()}\\`)) throw new CaissonError('invalid-argument', `the credential spec ${name} leads out of ${folder}`);
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > limit) throw new CaissonError('limit-exceeded', `the credential spec ${name} is larger than a mebibyte`);
    return text;
  } catch (error) {
    throw fromSystemError(error, `reading the credential spec ${path}`);
  }
}

function checkedJson(text: string, what: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'CmsPlugins' in parsed) return text;
  } catch (error) {
    throw new CaissonError('invalid-argument', `${what} is not valid JSON`, { cause: error });
  }
  throw new CaissonError('invalid-argument', `${what} has no CmsPlugins`, { hint: 'make one with New-CredentialSpec' });
}
