import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';

/** docker's folder of settings: as asked for (`--config`), DOCKER_CONFIG, or ~/.docker. */
export function dockerConfigFolder(asked?: string): string {
  return asked ?? (process.env.DOCKER_CONFIG || join(homedir(), '.docker'));
}

/** docker's config.json; an empty object where there is none. @throws CaissonError `invalid-content` */
export function readDockerConfig(folder: string): Readonly<Record<string, unknown>> {
  const path = join(folder, 'config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return {};
    throw fromSystemError(error, `reading ${path}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new CaissonError('invalid-content', `${path} is not JSON`, { cause });
  }
  throw new CaissonError('invalid-content', `${path} is not a JSON object`);
}

/** Changes one setting and leaves the others as they are; undefined takes it away. */
export function changeDockerConfig(folder: string, name: string, value: string | undefined): void {
  const { [name]: _, ...rest } = readDockerConfig(folder);
  const path = join(folder, 'config.json');
  writeAside(path, `${JSON.stringify(value === undefined ? rest : { ...rest, [name]: value }, null, '\t')}\n`);
}

/** Whole or not at all, for the owner alone. */
export function writeAside(path: string, data: string | Uint8Array): void {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(aside, data, { mode: 0o600 });
    renameSync(aside, path);
  } catch (error) {
    throw fromSystemError(error, `writing ${path}`);
  }
}
