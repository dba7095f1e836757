import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeStats } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import type { CgroupMode } from './mode.js';

/** The folder of a cgroup in a controller's tree; undefined without that controller. `path` is as config.json has it. */
export function cgroupFolder(mode: CgroupMode, controller: string, path: string): string | undefined {
  const root = mode.controllers.get(controller);
  if (root === undefined) return undefined;
  const [slice = '', prefix = '', name = ''] = path.split(':');
  if (name === '') return join(root, path);
  return join(root, slicePath(slice), `${prefix}-${name}.scope`);
}

/** systemd nests slices by their names: a-b.slice is in a.slice. */
function slicePath(slice: string): string {
  const parts = slice.replace(/\.slice$/, '').split('-');
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`).join('/');
}

/** Whether processes of a cgroup can be halted. */
export const canFreeze = (mode: CgroupMode): boolean => mode.kind === 'unified' || mode.controllers.has('freezer');

export function isFrozen(mode: CgroupMode, path: string): boolean {
  if (mode.kind === 'unified') {
    const folder = anyFolder(mode, path);
    return folder !== undefined && readIfThere(join(folder, 'cgroup.freeze'))?.trim() === '1';
  }
  const folder = cgroupFolder(mode, 'freezer', path);
  const state = folder === undefined ? undefined : readIfThere(join(folder, 'freezer.state'))?.trim();
  return state === 'FROZEN' || state === 'FREEZING';
}

/** Host process IDs, of this cgroup and any below it that the container has made. */
export function cgroupProcesses(mode: CgroupMode, path: string): number[] {
  const folder = mode.kind === 'unified' ? anyFolder(mode, path) : (cgroupFolder(mode, 'pids', path) ?? cgroupFolder(mode, 'devices', path) ?? anyFolder(mode, path));
  return folder === undefined ? [] : processesBelow(folder, 0).sort((a, b) => a - b);
}

function processesBelow(folder: string, depth: number): number[] {
  const own = (readIfThere(join(folder, 'cgroup.procs')) ?? '').split('\n').filter((line) => line !== '' && line !== '0').map(Number);
  if (depth >= 16) return own;
  return [...own, ...subfolders(folder).flatMap((name) => processesBelow(join(folder, name), depth + 1))];
}

function anyFolder(mode: CgroupMode, path: string): string | undefined {
  const [controller] = mode.controllers.keys();
  return controller === undefined ? undefined : cgroupFolder(mode, controller, path);
}

export function cgroupStats(mode: CgroupMode, path: string): Omit<RuntimeStats, 'networks'> {
  const read = (controller: string, file: string) => {
    const folder = cgroupFolder(mode, controller, path);
    return folder === undefined ? undefined : readIfThere(join(folder, file));
  };
  const values = mode.kind === 'unified' ? unifiedStats(read) : legacyStats(read);
  const host = hostCpu(readFileSync('/proc/stat', 'latin1'));
  return { at: new Date(), ...values, ...host };
}

type Read = (controller: string, file: string) => string | undefined;
type Values = Omit<RuntimeStats, 'at' | 'onlineCpus' | 'systemCpuNanoseconds' | 'networks'>;

function legacyStats(read: Read): Values {
  const memory = table(read('memory', 'memory.stat'));
  const io = read('blkio', 'blkio.throttle.io_service_bytes_recursive') ?? read('blkio', 'blkio.throttle.io_service_bytes') ?? '';
  return {
    cpuNanoseconds: number(read('cpuacct', 'cpuacct.usage')),
    memoryBytes: number(read('memory', 'memory.usage_in_bytes')),
    // As docker counts it: what can be dropped at once is not use.
    memoryCacheBytes: memory.get('total_inactive_file') ?? memory.get('inactive_file') ?? 0,
    memoryLimit: limit(read('memory', 'memory.limit_in_bytes')),
    pids: number(read('pids', 'pids.current')),
    blockReadBytes: sum(io, /^\S+ Read (\d+)$/gm),
    blockWriteBytes: sum(io, /^\S+ Write (\d+)$/gm),
  };
}

function unifiedStats(read: Read): Values {
  const io = read('io', 'io.stat') ?? '';
  return {
    cpuNanoseconds: (table(read('cpu', 'cpu.stat')).get('usage_usec') ?? 0) * 1000,
    memoryBytes: number(read('memory', 'memory.current')),
    memoryCacheBytes: table(read('memory', 'memory.stat')).get('inactive_file') ?? 0,
    memoryLimit: limit(read('memory', 'memory.max')),
    pids: number(read('pids', 'pids.current')),
    blockReadBytes: sum(io, /\brbytes=(\d+)/g),
    blockWriteBytes: sum(io, /\bwbytes=(\d+)/g),
  };
}

const number = (text: string | undefined) => Number(text?.trim() ?? 0);

/** 0 for none: version 1 writes a number near 2⁶³, version 2 the word max. */
function limit(text: string | undefined): number {
  const value = Number(text?.trim() ?? 0);
  return Number.isFinite(value) && value < 2 ** 62 ? value : 0;
}

function table(text: string | undefined): Map<string, number> {
  return new Map((text ?? '').split('\n').map((line) => {
    const [name = '', value = ''] = line.split(' ');
    return [name, Number(value)] as const;
  }));
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
}

/** Time that all CPUs of the host have spent, from the first line of /proc/stat in ticks of 10 ms (proc(5)). */
function hostCpu(stat: string): { onlineCpus: number; systemCpuNanoseconds: number } {
  const [, ...ticks] = (stat.slice(0, stat.indexOf('\n'))).trim().split(/\s+/);
  const total = ticks.slice(0, 8).reduce((all, value) => all + Number(value), 0);
  return { onlineCpus: stat.match(/^cpu\d/gm)?.length ?? 1, systemCpuNanoseconds: total * 10_000_000 };
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return []; // removed meanwhile
  }
}
