import { readdirSync, readlinkSync } from 'node:fs';

/** The processes that share the PID namespace of a process, which is one of them: a container's, where no cgroup tells. Only itself when that is ours too. */
export function namespaceProcesses(pid: number): number[] {
  const wanted = namespaceOf(String(pid));
  if (wanted === undefined || wanted === namespaceOf('self')) return wanted === undefined ? [] : [pid];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === wanted)
    .map(Number)
    .sort((a, b) => a - b);
}

function namespaceOf(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${name}/ns/pid`);
  } catch {
    return undefined;
  }
}
