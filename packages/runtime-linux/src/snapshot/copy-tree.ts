import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import { loadSyscalls } from '../syscalls.js';
import { requireProgram } from '../host/programs.js';

/**
 * Copies the contents of folder `path` below `root` into the folder `target`, which takes the folder's own owner and mode: owners, times, hard
 * links, xattrs and holes are kept. Links in `path` are followed within `root` only. Quietly nothing where there is no such folder.
 */
export async function copyTree(root: string, path: string, target: string): Promise<void> {
  const folder = openFolder(root, path);
  if (folder === undefined) return;
  try {
    await copy(folder, target);
  } finally {
    closeSync(folder);
  }
}

function openFolder(root: string, path: string): number | undefined {
  const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return loadSyscalls().openInRoot(fd, path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined;
    throw fromSystemError(error, `opening ${path} of a container`);
  } finally {
    closeSync(fd);
  }
}

function copy(folder: number, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The open folder is the child's descriptor 3: what its name leads to may change meanwhile.
    const child = spawn(requireProgram('cp'), ['-a', '--', '/proc/self/fd/3/.', target], { stdio: ['ignore', 'ignore', 'pipe', folder] });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, 4000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new CaissonError(/No space left/.test(words) ? 'no-space' : 'runtime-failed', `cannot copy into ${target}: ${words.trim().split('\n')[0] ?? ''}`));
    });
  });
}
