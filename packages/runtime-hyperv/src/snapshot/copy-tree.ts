import { cpSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { join, win32 } from 'node:path';
import { CaissonError, fromSystemError } from '@caisson/core';

/** Copies the contents of folder `path` of a container's volume into `target`. Links that lead out of the volume are refused. */
export async function copyTree(root: string, path: string, target: string): Promise<void> {
  const inside = path.replace(/^[a-z]:/i, '').replaceAll('/', '\\');
  const source = join(root, win32.normalize(`\\${inside}`));
  if (!lstatSync(source, { throwIfNoEntry: false })?.isDirectory()) return;
  const real = realpathSync(source).toLowerCase();
  if (!real.startsWith(realpathSync(root).toLowerCase())) throw new CaissonError('denied', `${path} leads out of the container's volume`);
  try {
    mkdirSync(target, { recursive: true });
    cpSync(source, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  } catch (error) {
    throw fromSystemError(error, `copying ${path} of the container`);
  }
}
