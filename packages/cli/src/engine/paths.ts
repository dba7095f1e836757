import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EnginePaths } from '@caisson/core';

/**
 * Where state lies: as asked for, as CAISSON_ROOT and CAISSON_RUN_ROOT say, or the system's folders (of an ordinary user: those of the XDG
 * base directory specification).
 */
export function enginePaths({ dataRoot, runRoot }: { dataRoot?: string; runRoot?: string } = {}): EnginePaths {
  const { env } = process;
  if (process.platform === 'win32') return windowsPaths(dataRoot ?? env.CAISSON_ROOT, runRoot ?? env.CAISSON_RUN_ROOT);
  const uid = userId();
  const isRoot = uid === 0;
  const data = dataRoot ?? env.CAISSON_ROOT ?? (isRoot ? '/var/lib/caisson' : join(env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'caisson'));
  const run = runRoot ?? env.CAISSON_RUN_ROOT ?? (dataRoot === undefined && env.CAISSON_ROOT === undefined ? defaultRunRoot(uid) : undefined);
  // Two data roots must not meet in one run root: without another wish each has its own.
  return { dataRoot: resolve(data), runRoot: resolve(run ?? join(defaultRunRoot(uid), 'roots', Buffer.from(resolve(data)).toString('base64url').slice(-40))) };
}

function windowsPaths(dataRoot: string | undefined, runRoot: string | undefined): EnginePaths {
  const data = resolve(dataRoot ?? join(process.env.ProgramData ?? String.raw`C:\ProgramData`, 'caisson'));
  return { dataRoot: data, runRoot: resolve(runRoot ?? join(data, 'run')) };
}

/** Who runs this, on the host: in an ordinary user's namespace that user is root. */
export function userId(): number {
  return Number(process.env.CAISSON_ROOTLESS_UID ?? process.getuid?.() ?? 0);
}

/** Of sockets and other state that a reboot ends. */
export function defaultRunRoot(uid = userId()): string {
  if (uid === 0) return '/run/caisson';
  return join(process.env.XDG_RUNTIME_DIR ?? `/tmp/caisson-${uid}`, 'caisson');
}
