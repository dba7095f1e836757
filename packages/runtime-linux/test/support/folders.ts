import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const isRoot = process.getuid?.() === 0;

/** A fresh folder; tests remove theirs when they pass. */
export const freshFolder = (what: string) => mkdtempSync(join(tmpdir(), `caisson-${what}-`));

const applets = ['cat', 'chmod', 'dd', 'echo', 'env', 'false', 'grep', 'head', 'hostname', 'id', 'ip', 'kill', 'ls', 'md5sum', 'mkdir', 'mount', 'nc', 'ping', 'ps', 'pwd', 'readlink', 'rm', 'sh', 'sleep', 'stat', 'stty', 'sync', 'tail', 'touch', 'true', 'umount', 'unshare', 'wc', 'wget', 'yes'];

/** A root file system made of Debian's static busybox. */
export function busyboxRootfs(folder: string): string {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'home/alice']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('/bin/busybox', join(folder, 'bin/busybox'));
  for (const name of applets) symlinkSync('busybox', join(folder, 'bin', name));
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001:Alice:/home/alice:/bin/sh\n');
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nwheel:x:10:root,alice\nalice:x:1001:\nstaff:x:50:\n');
  return folder;
}
