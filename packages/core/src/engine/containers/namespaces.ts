import { CaissonError } from '../../errors.js';
import type { ContainerSpec } from '../../runtime/runtime.js';
import type { RuntimeParts } from '../parts.js';
import type { ContainerRecord, ContainerTable } from './record.js';

type Namespaces = Pick<ContainerSpec, 'pidNamespace' | 'ipcNamespace' | 'utsNamespace' | 'cgroupNamespace' | 'sharedMemory'>;

/** What `--pid`, `--ipc`, `--uts` and `--cgroupns` come to; a container whose namespace is joined must run. @throws CaissonError `invalid-argument`, `not-found`, `in-use` */
export async function namespacesOf(host: RuntimeParts, table: ContainerTable, record: ContainerRecord): Promise<Namespaces> {
  const { pidMode, ipcMode, utsMode, cgroupMode } = record.options;
  return {
    ...(await pid(host, table, record, pidMode)),
    ...(await ipc(host, table, record, ipcMode)),
    ...(utsMode === 'host' ? { utsNamespace: 'host' } : {}),
    ...(cgroupMode === 'host' || cgroupMode === 'private' ? { cgroupNamespace: cgroupMode } : {}),
  };
}

/** @throws CaissonError `invalid-argument` for what could never be */
export function checkNamespaces({ pidMode = '', ipcMode = '', utsMode = '', cgroupMode = '' }: ContainerRecord['options']): void {
  const checks: readonly [flag: string, mode: string, known: readonly string[], joins: boolean][] = [
    ['--pid', pidMode, ['', 'private', 'host'], true],
    ['--ipc', ipcMode, ['', 'private', 'shareable', 'none', 'host'], true],
    ['--uts', utsMode, ['', 'private', 'host'], false],
    ['--cgroupns', cgroupMode, ['', 'private', 'host'], false],
  ];
  for (const [flag, mode, known, joins] of checks) {
    if (known.includes(mode) || (joins && /^container:./.test(mode))) continue;
    throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(mode.slice(0, 80))} is not a mode`, { hint: `use ${[...known.filter(Boolean), ...(joins ? ['container:NAME'] : [])].join(', ')}` });
  }
}

async function pid(host: RuntimeParts, table: ContainerTable, record: ContainerRecord, mode: string | undefined): Promise<Namespaces> {
  if (mode === 'host') return { pidNamespace: 'host' };
  if (!mode?.startsWith('container:')) return {};
  const { path } = await joined(host, table, record, 'pid', mode);
  return { pidNamespace: path };
}

async function ipc(host: RuntimeParts, table: ContainerTable, record: ContainerRecord, mode: string | undefined): Promise<Namespaces> {
  if (mode === 'host') return { ipcNamespace: 'host' };
  if (mode === 'none') return { sharedMemory: 'none' };
  if (mode === 'shareable') return { sharedMemory: 'shareable' };
  if (!mode?.startsWith('container:')) return {};
  const { other, path } = await joined(host, table, record, 'ipc', mode);
  if (other.options.ipcMode === 'host') return { ipcNamespace: 'host' };
  if (other.options.ipcMode !== 'shareable') throw new CaissonError('invalid-argument', `container ${other.name} does not share its IPC namespace`, { hint: `start that one with --ipc shareable` });
  return { ipcNamespace: path, sharedMemory: { of: other.id } };
}

async function joined(host: RuntimeParts, table: ContainerTable, record: ContainerRecord, kind: 'pid' | 'ipc', mode: string): Promise<{ other: ContainerRecord; path: string }> {
  const other = table.find(mode.slice('container:'.length));
  const state = other.id === record.id ? undefined : await host.runtime.state(other.id);
  if (state?.status !== 'running') throw new CaissonError('in-use', `container ${other.name}, whose ${kind.toUpperCase()} namespace ${record.name} is to share, does not run`, { hint: `caisson start ${other.name}` });
  return { other, path: `/proc/${state.pid}/ns/${kind}` };
}
