import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

function programData(): string {
  return process.env['ProgramData'] ?? String.raw`C:\ProgramData`;
}

/** Folder for what lasts as long as containers run. */
export function runFolder(): string {
  return join(programData(), 'caisson', 'run');
}

export function credentialFolder(): string {
  return join(programData(), 'caisson', 'CredentialSpecs');
}

/** This package's own helper, run by this very Node. */
export function helperCommand(): string[] {
  return [process.execPath, fileURLToPath(new URL('main.js', import.meta.url))];
}
