import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { CaissonError, systemCode } from '@caisson/core';
import { command } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { loadSyscalls } from '../syscalls.js';

/**
 * Copies what is in the folder `path` of a root file system into the folder `target`, which takes its owner and mode: with all attributes,
 * links as links. The way to `path` never leads out of `root`. Quietly nothing where there is no such folder.
 */
export async function copyTree(root: string, path: string, target: string): Promise<void> {
  const rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  let fd: number | undefined;
  try {
    fd = loadSyscalls().openInRoot(rootFd, path, constants.O_RDONLY | constants.O_DIRECTORY);
    if (!fstatSync(fd).isDirectory()) return;
    // The folder that is open, whatever becomes of its name meanwhile.
    const { code, stderr } = await command(requireProgram('cp'), ['-a', '--', `/proc/${process.pid}/fd/${fd}/.`, target]);
    if (code !== 0) throw new CaissonError('internal', `copying ${path} of the image into ${target} failed: ${stderr.trim().split('\n')[0] ?? ''}`);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
    closeSync(rootFd);
  }
}
